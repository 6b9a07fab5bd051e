/* Fault points: where a test stops, kills or slows a process. */
#include "common/core/fault.h"

#ifdef DURE_TEST
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/core/text.h"

enum { ARMS_MAX = 32, NAME_BYTES = 64, FILE_BYTES = 4096, HOLD_LOOK_MS = 5 };
enum action { ACT_NONE, ACT_KILL, ACT_WAIT, ACT_HOLD, ACT_FAIL };

struct arm { char name[NAME_BYTES]; enum action action; int64_t wait_ms, at_pass, passes; };
struct arms { struct arm arm[ARMS_MAX]; size_t n; };

/* One lock for all of it; it is never held while a point waits. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct arms by_spec, by_file;
static const char *arms_file;
static char file_text[FILE_BYTES];
static bool armed;      /* __atomic: false makes a pass cost one load */

static bool
parse_action(struct text word, struct arm *a)
{
	struct text rest = word, verb = text_cut(&rest, ':');

	a->action = text_is(word, "kill") ? ACT_KILL : text_is(word, "hold") ? ACT_HOLD :
	    text_is(word, "fail") ? ACT_FAIL : ACT_NONE;
	if (a->action == ACT_NONE && text_is(verb, "wait") && text_to_i64(rest, &a->wait_ms) &&
	    a->wait_ms >= 0)
		a->action = ACT_WAIT;
	return a->action != ACT_NONE;
}

/* "name=action[@pass]" */
static bool
parse_arm(struct text part, struct arm *a)
{
	struct text rest = part, name = text_trim(text_cut(&rest, '='));
	struct text action = text_cut(&rest, '@');

	*a = (struct arm){ .at_pass = 0 };
	if (name.len == 0 || name.len >= NAME_BYTES || !parse_action(text_trim(action), a))
		return false;
	memcpy(a->name, name.at, name.len);
	return rest.at == NULL || (text_to_i64(text_trim(rest), &a->at_pass) && a->at_pass > 0);
}

static bool
same_arm(const struct arm *a, const struct arm *b)
{
	return strcmp(a->name, b->name) == 0 && a->action == b->action && a->at_pass == b->at_pass;
}

/* Passes already counted stay counted for an arm that was there before. */
static void
keep_passes(struct arm *fresh, const struct arms *before)
{
	for (size_t i = 0; i < before->n; i++) {
		if (same_arm(fresh, &before->arm[i]))
			fresh->passes = before->arm[i].passes;
	}
}

static void
parse_all(struct arms *into, struct text spec)
{
	struct arms before = *into;
	struct text rest = spec;

	into->n = 0;
	while (rest.len > 0) {
		struct text part = text_trim(text_cut(&rest, ','));
		if (part.len == 0)
			continue;
		if (into->n == ARMS_MAX || !parse_arm(part, &into->arm[into->n])) {
			(void)fprintf(stderr, "fault point not understood: %.*s\n", TEXT_ARG(part));
			continue;
		}
		keep_passes(&into->arm[into->n++], &before);
	}
}

/* Read anew at each pass, parsed when different: a change of the same length within one tick of the
 * file system's clock must count too. */
static void
look(void)
{
	static char now[FILE_BYTES];
	ssize_t n = 0;
	int fd = arms_file == NULL ? -1 : open(arms_file, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		n = read(fd, now, sizeof(now) - 1);
		(void)close(fd);
	}
	now[n < 0 ? 0 : n] = '\0';
	for (char *at = now; *at != '\0'; at++) {
		if (*at == '\n')
			*at = ',';
	}
	if (strcmp(now, file_text) == 0)
		return;
	memcpy(file_text, now, sizeof(file_text));
	parse_all(&by_file, text_of(file_text));
}

static struct arm *
find(const char *name)
{
	for (size_t i = 0; i < by_file.n; i++) {
		if (strcmp(by_file.arm[i].name, name) == 0)
			return &by_file.arm[i];
	}
	for (size_t i = 0; i < by_spec.n; i++) {
		if (strcmp(by_spec.arm[i].name, name) == 0)
			return &by_spec.arm[i];
	}
	return NULL;
}

/* What this pass of the point must do. */
static enum action
pass(const char *name, bool counts, int64_t *wait_ms)
{
	enum action action = ACT_NONE;
	struct arm *a;

	SURE(pthread_mutex_lock(&lock) == 0);
	look();
	a = find(name);
	if (a != NULL) {
		a->passes += counts;
		*wait_ms = a->wait_ms;
		if (a->at_pass == 0 || a->at_pass == a->passes)
			action = a->action;
	}
	SURE(pthread_mutex_unlock(&lock) == 0);
	return action;
}

static void
sleep_ms(int64_t ms)
{
	struct timespec left = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) != 0)
		continue;
}

bool
fault_point(const char *name)
{
	int64_t wait_ms = 0;
	enum action action;

	if (!__atomic_load_n(&armed, __ATOMIC_RELAXED))
		return false;
	action = pass(name, true, &wait_ms);
	if (action == ACT_KILL) {
		(void)kill(getpid(), SIGKILL);
		for (;;)
			(void)pause();
	}
	if (action == ACT_WAIT)
		sleep_ms(wait_ms);
	while (action == ACT_HOLD) {
		sleep_ms(HOLD_LOOK_MS);
		action = pass(name, false, &wait_ms);
	}
	return action == ACT_FAIL;
}

void
fault_arm(const char *spec, const char *file)
{
	SURE(pthread_mutex_lock(&lock) == 0);
	by_spec.n = by_file.n = 0;
	file_text[0] = '\0';
	arms_file = file;
	parse_all(&by_spec, text_of(spec));
	__atomic_store_n(&armed, by_spec.n > 0 || file != NULL, __ATOMIC_RELAXED);
	SURE(pthread_mutex_unlock(&lock) == 0);
}

#else

void
fault_arm(const char *spec, const char *file)
{
	(void)spec;
	(void)file;
}

#endif
