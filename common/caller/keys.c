/* The key set of auth, read over HTTP by a thread of its own: nobody who brings a known key waits for auth.
 *
 * auth shows a key two seconds before it signs with it, so a set that was asked for less than LEAST_BETWEEN_US ago has
 * every key that may be in use. Who brings another one waits for a reading, if there is reason to hope for it. */
#include <errno.h>
#include "common/caller/room.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

/* LEAST_BETWEEN_US: a flood of tokens with made-up kids asks auth once a second, not once a token. No more than WAITING
 * threads wait for its answer, and no longer than READ_US. */
enum { WAITING = 32, READ_MS = 2000, MEM_BYTES = 4 << 20 };
static const int64_t LEAST_BETWEEN_US = 1000000, READ_US = READ_MS * 1000;

METRIC(reads, COUNTER, "dure_caller_key_reads_total", "outcome", "Readings of the key set of auth");

static int64_t
read_at(const struct callers *c)
{
	return __atomic_load_n(&c->read_us, __ATOMIC_ACQUIRE);
}

static const struct err *
read_set(struct req *rq, struct callers *c)
{
	struct caller_answer answer;

	TRY(c->ask(rq, "GET", TEXT("/internal/jwks.json"), &answer));
	if (answer.status != 200)
		return FAIL(rq, UPSTREAM, "keys.status", "auth answered %d for its key set", answer.status);
	return jwt_keys_load(rq, c->keys, answer.body);
}

static bool
read_once(struct callers *c, struct arena *mem)
{
	const struct err *e;
	struct req rq;

	req_begin(&rq, c->app, mem, TEXT("key set"), READ_MS);
	e = read_set(&rq, c);
	metric_add(&reads, e == NULL ? "read" : "failed", 1);
	if (e != NULL)
		log_err(&rq, LV_WARN, "keys.not_read", e);
	req_end(&rq);
	arena_reset(mem);
	return e == NULL;
}

/* Under the lock, as all down to the next that says otherwise: when the set is to be read next. Not before somebody wants
 * it; from then on it is kept fresh. */
static int64_t
due_us(const struct callers *c)
{
	int64_t fresh_us = read_at(c) != 0 ? read_at(c) + c->refresh_s * 1000000 : INT64_MAX;
	int64_t at_us = c->wanted ? c->asked_us + LEAST_BETWEEN_US : fresh_us, again_us = c->ended_us + LEAST_BETWEEN_US;

	return c->failing && at_us < again_us ? again_us : at_us;
}

static struct timespec
spec_of(int64_t mono_us)
{
	return (struct timespec){ .tv_sec = mono_us / 1000000, .tv_nsec = mono_us % 1000000 * 1000 };
}

static void
wait_until_due(struct callers *c)
{
	while (!c->stop && clock_mono_us() < due_us(c)) {
		struct timespec until = spec_of(due_us(c));

		(void)pthread_cond_timedwait(&c->due, &c->reading, &until);
	}
}

/* The first set is read to have one at all: who then brings a key that is not in it may ask at once. */
static void
note(struct callers *c, bool good, int64_t began_us)
{
	c->ended_us = clock_mono_us();
	c->failing = !good;
	c->n_ended++;
	if (good) {
		c->asked_us = c->wanted && read_at(c) != 0 ? began_us : c->asked_us;
		c->wanted = false;
		__atomic_store_n(&c->read_us, c->ended_us, __ATOMIC_RELEASE);
	}
	SURE(pthread_cond_broadcast(&c->looked) == 0);
}

/* Without the lock, as all below. */
static void *
read_on(void *arg)
{
	struct arena *mem = arena_open(MEM_BYTES);
	struct callers *c = arg;

	SURE(pthread_mutex_lock(&c->reading) == 0);
	for (wait_until_due(c); !c->stop; wait_until_due(c)) {
		int64_t began_us = clock_mono_us();

		SURE(pthread_mutex_unlock(&c->reading) == 0);
		bool good = read_once(c, mem);
		SURE(pthread_mutex_lock(&c->reading) == 0);
		note(c, good, began_us);
	}
	SURE(pthread_mutex_unlock(&c->reading) == 0);
	arena_close(&mem);
	return NULL;
}

void
caller_keys_open(struct callers *c)
{
	pthread_condattr_t monotonic;

	SURE(pthread_mutex_init(&c->reading, NULL) == 0 && pthread_condattr_init(&monotonic) == 0);
	SURE(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	SURE(pthread_cond_init(&c->due, &monotonic) == 0 && pthread_cond_init(&c->looked, &monotonic) == 0);
	SURE(pthread_condattr_destroy(&monotonic) == 0);
	SURE(pthread_create(&c->reader, NULL, read_on, c) == 0);
}

void
caller_keys_close(struct callers *c)
{
	SURE(pthread_mutex_lock(&c->reading) == 0);
	c->stop = true;
	SURE(pthread_cond_signal(&c->due) == 0 && pthread_mutex_unlock(&c->reading) == 0);
	SURE(pthread_join(c->reader, NULL) == 0);
	SURE(pthread_cond_destroy(&c->due) == 0 && pthread_cond_destroy(&c->looked) == 0);
	SURE(pthread_mutex_destroy(&c->reading) == 0);
}

/* Under the lock. False: nothing was read; auth failed the last time, or does now, or too many wait for it. */
static bool
wait_for_reading(const struct req *rq, struct callers *c)
{
	int64_t until_us = clock_mono_us() + READ_US;
	struct timespec until = spec_of(until_us < rq->deadline_us ? until_us : rq->deadline_us);
	unsigned before = c->n_ended;
	bool late = false;

	c->wanted = true;
	SURE(pthread_cond_signal(&c->due) == 0);
	if (c->failing || c->waiting == WAITING)
		return false;
	c->waiting++;
	while (c->n_ended == before && !late)
		late = pthread_cond_timedwait(&c->looked, &c->reading, &until) == ETIMEDOUT;
	c->waiting--;
	return c->n_ended != before && !c->failing;
}

const struct err *
callers_ready(struct req *rq, struct callers *c)
{
	bool there = read_at(c) != 0;

	if (!there) {
		SURE(pthread_mutex_lock(&c->reading) == 0);
		there = read_at(c) != 0 || wait_for_reading(rq, c);
		SURE(pthread_mutex_unlock(&c->reading) == 0);
	}
	return there ? NULL : FAIL(rq, BUSY, "keys.unread", "the key set of auth has not been read yet");
}

/* Is the set newer than any key that is not in it? */
static bool
look_again(const struct req *rq, struct callers *c)
{
	bool looked;

	SURE(pthread_mutex_lock(&c->reading) == 0);
	looked = clock_mono_us() - c->asked_us < LEAST_BETWEEN_US || wait_for_reading(rq, c);
	SURE(pthread_mutex_unlock(&c->reading) == 0);
	return looked;
}

const struct err *
caller_verify(struct req *rq, struct callers *c, struct text token, struct access_token *out)
{
	const struct err *e;

	TRY(callers_ready(rq, c));
	e = jwt_verify(rq, c->keys, token, out);
	if (e == NULL || !text_is(text_of(e->slug), "token.unknown_key"))
		return e;
	if (!look_again(rq, c))
		return FAIL(rq, BUSY, "keys.busy", "the key of this token cannot be looked for now");
	return jwt_verify(rq, c->keys, token, out);
}
