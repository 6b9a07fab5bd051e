/* Tells business time, with the offset a test keeps in a file, and writes it in provider forms. */
#include "deploy/sandbox/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KST_AHEAD (9 * 60 * CLOCK_MINUTE)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *offset_file;
static int64_t offset;

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * CLOCK_SECOND + ts.tv_nsec / 1000;
}

int64_t
clock_steady(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void
clock_setup(const char *file)
{
	offset_file = file != NULL && *file != '\0' ? file : NULL;
}

/* Read each time, so that who has moved time finds it moved here. A file that is missing or not a number leaves the last
 * offset as it was: a writer may be between truncating and writing. */
static void
read_offset(void)
{
	char text[32], *end;
	ssize_t n;
	long long value;
	int fd = open(offset_file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	value = strtoll(text, &end, 10);
	if (end != text)
		offset = value;
}

int64_t
clock_now(void)
{
	int64_t now = read_clock(CLOCK_REALTIME);

	if (offset_file == NULL)
		return now;
	pthread_mutex_lock(&lock);
	read_offset();
	now += offset;
	pthread_mutex_unlock(&lock);
	return now;
}

struct due
due_in(int64_t delay_us)
{
	return (struct due){ clock_now() + delay_us, clock_steady() + delay_us };
}

bool
due_passed(struct due due)
{
	return clock_steady() >= due.steady_us || clock_now() >= due.wall_us;
}

/* Callers' formats are checked where they are written, by the attribute in the header; gcc asks
 * for a literal here all the same. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void
clock_utc(int64_t us, const char *format, char text[CLOCK_TEXT])
{
	time_t seconds = (time_t)(us / CLOCK_SECOND);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	if (strftime(text, CLOCK_TEXT, format, &tm) == 0)
		text[0] = '\0';
}

void
clock_kst(int64_t us, const char *format, char text[CLOCK_TEXT])
{
	clock_utc(us + KST_AHEAD, format, text);
}

#pragma GCC diagnostic pop

void
clock_iso(int64_t us, char text[CLOCK_TEXT])
{
	clock_kst(us, "%Y-%m-%dT%H:%M:%S+09:00", text);
}

bool
clock_parse_kst(const char *text, int64_t *us)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%d", &tm);

	if (rest == NULL)
		return false;
	if (*rest == 'T' || *rest == ' ') {
		rest = strptime(rest + 1, "%H:%M", &tm);
		if (rest == NULL)
			return false;
		if (*rest == ':' && strptime(rest, ":%S", &tm) == NULL)
			return false;
	} else if (*rest != '\0') {
		return false;
	}
	*us = timegm(&tm) * CLOCK_SECOND - KST_AHEAD;
	return true;
}

bool
clock_parse_amz(const char *text, int64_t *us)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y%m%dT%H%M%SZ", &tm);

	if (rest == NULL || *rest != '\0')
		return false;
	*us = timegm(&tm) * CLOCK_SECOND;
	return true;
}
