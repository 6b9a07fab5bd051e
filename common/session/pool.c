/* Asking Redis: the commands as bytes, the breaker, and what became of it. */
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "common/session/line.h"
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TIMEOUT_MAX_MS = 60000,
	BREAK_MS = 200,          /* a fifth of the second that a caller is told to wait */
	ASK_BYTES = 1 << 20,     /* of one caller; no key is longer than a header line */
};

METRIC(waiting, GAUGE, "dure_redis_waiting", NULL, "Questions to Redis that are not answered yet");
METRIC(up, GAUGE, "dure_redis_up", NULL, "1 when Redis answered the last time it was asked");
METRIC(errors, COUNTER, "dure_redis_errors_total", "reason", "Questions to Redis without an answer: failed (it did not answer), "
    "refused (it failed a moment ago), hurried (the caller had no time)");
METRIC(duration, HISTOGRAM, "dure_redis_request_duration_seconds", NULL, "Time of a round trip to Redis");

struct redis_pool {
	struct line     *line;
	int64_t          timeout_us;
	bool             broken;              /* atomic, changed under lock: refuse, until one caller's probe succeeds */
	pthread_mutex_t  lock;                /* for the two below */
	bool             probing;
	int64_t          probe_at_us;
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
redis_pool_open(struct req *rq, struct redis_pool **out, const char *url, int timeout_ms)
{
	struct redis_url where;

	if (!redis_url_parse(text_of(url), &where))
		return FAIL(rq, INVALID, "redis.url",
		    "want redis://[:password@]host:port/db or unix:///path");
	if (timeout_ms < 1 || timeout_ms > TIMEOUT_MAX_MS)
		return FAIL(rq, INVALID, "redis.timeout", "the timeout is out of bounds");
	struct redis_pool *p = calloc(1, sizeof(*p));
	SURE(p != NULL && pthread_mutex_init(&p->lock, NULL) == 0);
	p->line = line_open(&where);
	p->timeout_us = (int64_t)timeout_ms * 1000;
	explicit_bzero(&where, sizeof(where));
	ignore_sigpipe();
	metric_set(&waiting, NULL, 0);
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
	line_close(&p->line);
	SURE(pthread_mutex_destroy(&p->lock) == 0);
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

/* May this caller go on to Redis? Past a break the first who asks becomes the probe. */
static bool
breaker_lets(struct redis_pool *p)
{
	bool lets;

	if (!__atomic_load_n(&p->broken, __ATOMIC_ACQUIRE))
		return true;
	SURE(pthread_mutex_lock(&p->lock) == 0);
	lets = !p->broken || (!p->probing && clock_mono_us() >= p->probe_at_us);
	p->probing = p->probing || (p->broken && lets);
	SURE(pthread_mutex_unlock(&p->lock) == 0);
	return lets;
}

static void
breaker_learns(struct redis_pool *p, const struct asker *a)
{
	bool was = __atomic_load_n(&p->broken, __ATOMIC_ACQUIRE);

	if (a->state == ANSWERED ? was : a->state == BROKE || was) {
		SURE(pthread_mutex_lock(&p->lock) == 0);
		p->probing = false;
		if (a->state != LATE)
			__atomic_store_n(&p->broken, a->state == BROKE, __ATOMIC_RELEASE);
		if (a->state == BROKE)
			p->probe_at_us = clock_mono_us() + BREAK_MS * 1000;
		SURE(pthread_mutex_unlock(&p->lock) == 0);
	}
	if (a->state != LATE)
		metric_set(&up, NULL, a->state == ANSWERED);
	if (a->state != ANSWERED)
		metric_add(&errors, a->state == BROKE ? "failed" : "hurried", 1);
}

static void
put_word(struct buf *to, struct text word)
{
	buf_byte(to, '$');
	buf_i64(to, (int64_t)word.len);
	buf_str(to, "\r\n");
	buf_text(to, word);
	buf_str(to, "\r\n");
}

/* As an array of strings, which is how commands travel. */
static void
put_command(struct buf *to, const struct redis_command *c, bool by_digest)
{
	bool runs = c->script != SCRIPT_NONE;

	buf_byte(to, '*');
	buf_i64(to, (int64_t)c->n + (runs ? 2 : 0));
	buf_str(to, "\r\n");
	if (runs) {
		put_word(to, by_digest ? TEXT("EVALSHA") : TEXT("EVAL"));
		put_word(to, text_of(by_digest ? redis_script(c->script).sha1 : redis_script(c->script).text));
	}
	for (size_t i = 0; i < c->n; i++)
		put_word(to, (struct text){ c->arg[i], c->len[i] });
}

static const struct err *
ask(struct req *rq, struct redis_pool *p, const struct buf *commands, size_t n, struct redis_answers *out)
{
	int64_t      began_us = clock_mono_us(), until_us = began_us + p->timeout_us;
	bool         hurried = rq->deadline_us > 0 && rq->deadline_us < until_us;
	struct asker a = { .bytes = buf_as_text(commands), .n = n, .hurried = hurried,
		.until_us = hurried ? rq->deadline_us : until_us };

	SURE(!commands->overflow);
	if (!breaker_lets(p)) {
		metric_add(&errors, "refused", 1);
		return redis_down(rq, "it failed a moment ago");
	}
	metric_add(&waiting, NULL, 1);
	line_ask(p->line, &a);
	metric_add(&waiting, NULL, -1);
	breaker_learns(p, &a);
	metric_observe_us(&duration, NULL, clock_mono_us() - began_us);
	if (a.state != ANSWERED)
		return redis_down(rq, "%s", a.state == BROKE ? a.why : "no answer in time");
	*out = a.answers;
	return NULL;
}

static bool
is_forgotten(const redisReply *r)
{
	return r->type == REDIS_REPLY_ERROR && strncmp(r->str, "NOSCRIPT", 8) == 0;
}

/* Scripts vanish with a restart or SCRIPT FLUSH; EVAL runs one and brings it back. */
static const struct err *
ask_forgotten(struct req *rq, struct redis_pool *p, const struct redis_command *commands, struct redis_answers *out)
{
	struct redis_answers again = { 0 };
	struct buf           bytes = buf_in(rq->mem, ASK_BYTES);
	size_t               n = 0;

	for (size_t i = 0; i < out->n; i++)
		if (is_forgotten(out->at[i])) {
			put_command(&bytes, &commands[i], false);
			n++;
		}
	if (n == 0)
		return NULL;
	TRY(ask(rq, p, &bytes, n, &again));
	for (size_t i = 0; i < out->n; i++)
		if (is_forgotten(out->at[i])) {
			freeReplyObject(out->at[i]);
			out->at[i] = again.at[again.n - n--];
		}
	return NULL;
}

const struct err *
redis_ask(struct req *rq, struct redis_pool *p, const struct redis_command *commands,
    size_t n, struct redis_answers *out)
{
	struct buf bytes = buf_in(rq->mem, ASK_BYTES);

	SURE(n > 0 && n <= REDIS_COMMANDS);
	out->n = 0;
	for (size_t i = 0; i < n; i++)
		put_command(&bytes, &commands[i], true);
	TRY(ask(rq, p, &bytes, n, out));
	const struct err *e = ask_forgotten(rq, p, commands, out);
	if (e != NULL)
		redis_answers_free(out);
	return e;
}
