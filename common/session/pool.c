/* The pool of connections to Redis, with a breaker. */
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "common/session/connection.h"
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	POOL_MAX = 1024, TIMEOUT_MAX_MS = 60000,
	BREAK_MS = 200,          /* a fifth of the second that a caller is told to wait */
};

METRIC(busy, GAUGE, "dure_redis_pool_busy", NULL, "Connections to Redis in use");
METRIC(size_max, GAUGE, "dure_redis_pool_size", NULL, "Connections to Redis there may be");
METRIC(up, GAUGE, "dure_redis_up", NULL, "1 when Redis answered the last time it was asked");
METRIC(errors, COUNTER, "dure_redis_errors_total", "reason", "Questions to Redis without an answer: failed (it did not answer), "
    "refused (it failed a moment ago), busy (no connection came free), hurried (the caller had no time)");
METRIC(duration, HISTOGRAM, "dure_redis_request_duration_seconds", NULL,
    "Time of a round trip to Redis, with the wait for a connection");

/* One lock for all below it, never held while something is sent, read, opened or closed. */
struct redis_pool {
	struct redis_url    url;
	int                 size;
	int64_t             timeout_us;
	pthread_mutex_t     lock;
	pthread_cond_t      changed;          /* a connection came back, or the breaker opened */
	int                 out, n_idle;
	bool                broken, probing;  /* broken: refuse, until one caller's probe succeeds */
	int64_t             probe_at_us;
	struct connection  *idle[POOL_MAX];
};

/* What became of an ask, for the pool. */
enum outcome {
	WENT_WELL,
	BROKE,               /* Redis is to blame */
	GAVE_UP,             /* the caller had less time than the pool allows: nobody is to blame */
};

/* hiredis writes without MSG_NOSIGNAL: a Redis that went away must be an error, not a signal. A
 * handler that the process has chosen itself stays. */
static void
ignore_sigpipe(void)
{
	struct sigaction now;

	SURE(sigaction(SIGPIPE, NULL, &now) == 0);
	if (now.sa_handler == SIG_DFL)
		SURE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

const struct err *
redis_pool_open(struct req *rq, struct redis_pool **out, const char *url, int size, int timeout_ms)
{
	struct redis_url    where;
	pthread_condattr_t  attr;

	if (!redis_url_parse(text_of(url), &where))
		return FAIL(rq, INVALID, "redis.url",
		    "want redis://[:password@]host:port/db or unix:///path");
	if (size < 1 || size > POOL_MAX || timeout_ms < 1 || timeout_ms > TIMEOUT_MAX_MS)
		return FAIL(rq, INVALID, "redis.pool", "size or timeout is out of bounds");
	struct redis_pool *p = calloc(1, sizeof(*p));
	SURE(p != NULL);
	p->url = where;
	p->size = size;
	p->timeout_us = (int64_t)timeout_ms * 1000;
	SURE(pthread_mutex_init(&p->lock, NULL) == 0);
	SURE(pthread_condattr_init(&attr) == 0);
	SURE(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
	SURE(pthread_cond_init(&p->changed, &attr) == 0);
	SURE(pthread_condattr_destroy(&attr) == 0);
	ignore_sigpipe();
	metric_set(&size_max, NULL, size);
	metric_add(&errors, "failed", 0);
	*out = p;
	return NULL;
}

void
redis_pool_close(struct redis_pool **owner)
{
	struct redis_pool *p = *owner;

	if (p == NULL)
		return;
	SURE(p->out == 0);
	for (int i = 0; i < p->n_idle; i++)
		connection_close(&p->idle[i]);
	SURE(pthread_cond_destroy(&p->changed) == 0);
	SURE(pthread_mutex_destroy(&p->lock) == 0);
	explicit_bzero(&p->url, sizeof(p->url));
	free(p);
	*owner = NULL;
}

const struct err *
redis_down(struct req *rq, const char *fmt, ...)
{
	char    why[200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	struct err *e = FAIL(rq, BUSY, "redis.down", "the session store does not answer");
	e->cause = FAIL(rq, BUSY, "redis.down", "%s", why);
	e->retry_after_s = 1;
	return e;
}

/* With the lock held: may this caller go on to Redis? Past a break the first who asks becomes the
 * probe. */
static bool
breaker_lets(struct redis_pool *p)
{
	if (!p->broken)
		return true;
	if (p->probing || clock_mono_us() < p->probe_at_us)
		return false;
	p->probing = true;
	return true;
}

/* With the lock held: waits while all connections are out. False when the time is over first. */
static bool
wait_for_room(struct redis_pool *p, int64_t until_us)
{
	struct timespec until = { .tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000 };
	int             rc = 0;

	while (p->out == p->size && !p->broken && rc == 0)
		rc = pthread_cond_timedwait(&p->changed, &p->lock, &until);
	return p->out < p->size || p->broken;
}

enum taken { TAKEN, NO_ROOM, IS_BROKEN };

/* Borrows an idle connection, or the right to open one (then *c is NULL). A pool that is full and broken is left to
 * whoever is inside. */
static enum taken
take(struct redis_pool *p, int64_t until_us, struct connection **c)
{
	enum taken how = TAKEN;

	*c = NULL;
	SURE(pthread_mutex_lock(&p->lock) == 0);
	if (!wait_for_room(p, until_us))
		how = NO_ROOM;
	else if (p->out == p->size || !breaker_lets(p))
		how = IS_BROKEN;
	else {
		metric_set(&busy, NULL, ++p->out);
		if (p->n_idle > 0)
			*c = p->idle[--p->n_idle];
	}
	SURE(pthread_mutex_unlock(&p->lock) == 0);
	return how;
}

static const struct err *
not_taken(struct req *rq, enum taken how)
{
	metric_add(&errors, how == NO_ROOM ? "busy" : "refused", 1);
	return redis_down(rq, how == NO_ROOM ? "no connection came free in time" : "it failed a moment ago");
}

/* Closes everything that lies idle: what one connection saw, the others will see. */
static void
drop_idle(struct redis_pool *p)
{
	struct connection *old[POOL_MAX];
	int                n;

	SURE(pthread_mutex_lock(&p->lock) == 0);
	n = p->n_idle;
	for (int i = 0; i < n; i++)
		old[i] = p->idle[i];
	p->n_idle = 0;
	SURE(pthread_mutex_unlock(&p->lock) == 0);
	for (int i = 0; i < n; i++)
		connection_close(&old[i]);
}

/* Takes the connection back; it lives on only when all went well. */
static void
give(struct redis_pool *p, struct connection *c, enum outcome how)
{
	SURE(pthread_mutex_lock(&p->lock) == 0);
	metric_set(&busy, NULL, --p->out);
	p->probing = false;
	if (how == WENT_WELL) {
		p->broken = false;
		p->idle[p->n_idle++] = c;
	} else if (how == BROKE) {
		p->broken = true;
		p->probe_at_us = clock_mono_us() + BREAK_MS * 1000;
	}
	SURE((how == BROKE ? pthread_cond_broadcast : pthread_cond_signal)(&p->changed) == 0);
	SURE(pthread_mutex_unlock(&p->lock) == 0);
	if (how != WENT_WELL)
		connection_close(&c);
	if (how == BROKE)
		drop_idle(p);
	if (how != GAVE_UP)
		metric_set(&up, NULL, how == WENT_WELL);
	if (how != WENT_WELL)
		metric_add(&errors, how == BROKE ? "failed" : "hurried", 1);
}

/* One try on *c, which is opened when there is none. */
static bool
try(const struct redis_pool *p, struct connection **c, int64_t until_us,
    const struct redis_command *commands, size_t n, struct redis_answers *out)
{
	if (*c == NULL)
		*c = connection_open(&p->url, until_us);
	return (*c)->redis != NULL && connection_ask(*c, commands, n, until_us, out);
}

/* A connection that died while it lay idle (a restart, a client timeout) is not worth a word. */
static bool
try_twice(struct redis_pool *p, struct connection **c, int64_t until_us, const struct redis_command *commands, size_t n,
    struct redis_answers *out)
{
	bool used = *c != NULL && (*c)->used;

	if (try(p, c, until_us, commands, n, out))
		return true;
	if (!used || clock_mono_us() >= until_us)
		return false;
	connection_close(c);
	drop_idle(p);
	return try(p, c, until_us, commands, n, out);
}

const struct err *
redis_ask(struct req *rq, struct redis_pool *p, const struct redis_command *commands,
    size_t n, struct redis_answers *out)
{
	int64_t            began_us = clock_mono_us(), until_us = began_us + p->timeout_us;
	bool               hurried = rq->deadline_us > 0 && rq->deadline_us < until_us;
	struct connection *c;
	enum taken         how;

	out->n = 0;
	if (hurried)
		until_us = rq->deadline_us;
	how = take(p, until_us, &c);
	if (how != TAKEN)
		return not_taken(rq, how);
	bool good = try_twice(p, &c, until_us, commands, n, out);
	const struct err *e = good ? NULL : redis_down(rq, "%s", c->why);
	give(p, c, good ? WENT_WELL : hurried && clock_mono_us() >= until_us ? GAVE_UP : BROKE);
	metric_observe_us(&duration, NULL, clock_mono_us() - began_us);
	return e;
}
