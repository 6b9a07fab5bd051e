/* The key set of auth: read over HTTP, kept fresh. */
#include "common/caller/room.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

/* A flood of tokens with made-up kids asks auth once a second, not once a token; no more than WAITING threads wait for
 * its answer, and no longer than READ_US. */
enum { WAITING = 32 };
static const int64_t LEAST_BETWEEN_US = 1000000, READ_US = 2000000;

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
	TRY(jwt_keys_load(rq, c->keys, answer.body));
	__atomic_store_n(&c->read_us, clock_mono_us(), __ATOMIC_RELEASE);
	return NULL;
}

static void
read_in_time(struct req *rq, struct callers *c)
{
	int64_t deadline_us = rq->deadline_us, limit_us = clock_mono_us() + READ_US;
	const struct err *e;

	rq->deadline_us = limit_us < deadline_us ? limit_us : deadline_us;
	e = read_set(rq, c);
	rq->deadline_us = deadline_us;
	metric_add(&reads, e == NULL ? "read" : "failed", 1);
	if (e != NULL)
		log_err(rq, LV_WARN, "keys.not_read", e);
}

/* last: when that was tried for the same reason. A reading for freshness a moment ago must not refuse who comes with the
 * first token of a new key. */
static void
read_when_due(struct req *rq, struct callers *c, int64_t *last)
{
	if (*last == 0 || clock_mono_us() - *last >= LEAST_BETWEEN_US) {
		read_in_time(rq, c);
		*last = clock_mono_us();
	}
	SURE(pthread_mutex_unlock(&c->reading) == 0);
}

/* One reads, the others wait for him: but not so many that tokens with made-up kids could hold every thread while auth
 * is frozen. False: too many wait already. */
static bool
read_or_wait(struct req *rq, struct callers *c, int64_t *last)
{
	bool may = __atomic_add_fetch(&c->waiting, 1, __ATOMIC_ACQ_REL) <= WAITING;

	if (may) {
		SURE(pthread_mutex_lock(&c->reading) == 0);
		read_when_due(rq, c, last);
	}
	(void)__atomic_sub_fetch(&c->waiting, 1, __ATOMIC_ACQ_REL);
	return may;
}

const struct err *
callers_ready(struct req *rq, struct callers *c)
{
	bool stale = clock_mono_us() - read_at(c) > c->refresh_s * 1000000;

	if (read_at(c) == 0)
		(void)read_or_wait(rq, c, &c->tried_us);
	else if (stale && pthread_mutex_trylock(&c->reading) == 0)
		read_when_due(rq, c, &c->tried_us);
	return read_at(c) != 0 ? NULL : FAIL(rq, BUSY, "keys.unread", "the key set of auth has not been read yet");
}

const struct err *
caller_verify(struct req *rq, struct callers *c, struct text token, struct access_token *out)
{
	const struct err *e;

	TRY(callers_ready(rq, c));
	e = jwt_verify(rq, c->keys, token, out);
	if (e == NULL || !text_is(text_of(e->slug), "token.unknown_key"))
		return e;
	if (!read_or_wait(rq, c, &c->asked_us))
		return FAIL(rq, BUSY, "keys.busy", "the key of this token is being looked for");
	return jwt_verify(rq, c->keys, token, out);
}
