/* Keeps the first answer to each idempotency key for fifteen days of business time. */
#include "deploy/sandbox/idem.h"
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 100000
#define KEPT_FOR (15 * CLOCK_DAY)

struct kept {
	char *name;
	int64_t first_us;
	struct reply answer;
	bool done;
	struct kept *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct table by_name;
static struct kept *oldest, *newest;

static void
release(struct kept *k)
{
	reply_free(&k->answer);
	free(k->name);
	free(k);
}

/* First used is first forgotten, but never while the first call still runs. */
static void
forget_old(int64_t now)
{
	while (oldest != NULL && oldest->done
	    && (by_name.count >= KEPT_MAX || now - oldest->first_us > KEPT_FOR)) {
		struct kept *k = oldest;

		oldest = k->next;
		if (oldest == NULL)
			newest = NULL;
		table_take(&by_name, k->name);
		release(k);
	}
}

static bool
add(const char *name, int64_t now)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (k == NULL || (k->name = strdup(name)) == NULL || !table_put(&by_name, k->name, k)) {
		if (k != NULL)
			release(k);
		return false;
	}
	k->first_us = now;
	if (newest != NULL)
		newest->next = k;
	else
		oldest = k;
	newest = k;
	return true;
}

static void
copy_answer(const struct reply *from, struct reply *to)
{
	char *body = malloc(from->len + 1);

	if (body != NULL)
		memcpy(body, from->body != NULL ? from->body : "", from->len);
	reply_own(to, from->status, from->type, body, body != NULL ? from->len : 0);
}

enum idem_state
idem_begin(const char *name, struct reply *rep)
{
	enum idem_state state = IDEM_NEW;
	const struct kept *k;
	int64_t now = clock_now();

	pthread_mutex_lock(&lock);
	forget_old(now);
	k = table_get(&by_name, name);
	if (k == NULL) {
		add(name, now);
	} else if (!k->done) {
		state = IDEM_RUNNING;
	} else {
		copy_answer(&k->answer, rep);
		state = IDEM_KEPT;
	}
	pthread_mutex_unlock(&lock);
	return state;
}

void
idem_end(const char *name, const struct reply *rep)
{
	struct kept *k;

	pthread_mutex_lock(&lock);
	k = table_get(&by_name, name);
	if (k != NULL && !k->done) {
		copy_answer(rep, &k->answer);
		k->done = true;
	}
	pthread_mutex_unlock(&lock);
}

size_t
idem_count(void)
{
	size_t n;

	pthread_mutex_lock(&lock);
	n = by_name.count;
	pthread_mutex_unlock(&lock);
	return n;
}

void
idem_reset(void)
{
	pthread_mutex_lock(&lock);
	table_clear(&by_name, NULL);
	while (oldest != NULL) {
		struct kept *k = oldest;

		oldest = k->next;
		release(k);
	}
	newest = NULL;
	pthread_mutex_unlock(&lock);
}
