/* Rate limits: a counter per fixed window of the business clock. */
#include "common/session/limits.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include <inttypes.h>

/* The key names its window, so a counter that stays longer does no harm; it must not vanish while
 * a replica whose clock is behind still counts in it. */
enum { LINGER_MS = 60000 };

static int64_t
window_us(const struct limit_ask *l)
{
	SURE(l->window_s > 0);
	return (int64_t)l->window_s * 1000000;
}

static int64_t
window_start_us(const struct limit_ask *l, int64_t now_us)
{
	return now_us - now_us % window_us(l);
}

static size_t
asked(const struct limit_ask *limits, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += limits[i].limit > 0;
	return count;
}

static struct redis_command
counters_command(enum redis_script script, struct arena *mem, int64_t now_us, const struct limit_ask *limits, size_t n)
{
	struct redis_command c = { .script = script };
	size_t               keys = asked(limits, n);

	SURE(n <= LIMITS_MAX);
	if (keys == 0)
		return c;
	redis_word(&c, text_of(arena_printf(mem, "%zu", keys)));
	for (size_t i = 0; i < n; i++)
		if (limits[i].limit > 0)
			redis_word(&c, text_of(arena_printf(mem, "limit:%s:%" PRId64, limits[i].key,
			    window_start_us(&limits[i], now_us) / 1000000)));
	return c;
}

struct redis_command
limits_command(struct arena *mem, int64_t now_us, const struct limit_ask *limits, size_t n)
{
	struct redis_command c = counters_command(SCRIPT_LIMITS, mem, now_us, limits, n);

	for (size_t i = 0; i < n; i++)
		if (limits[i].limit > 0)
			redis_word(&c, text_of(arena_printf(mem, "%" PRId64,
			    (int64_t)limits[i].window_s * 1000 + LINGER_MS)));
	return c;
}

static void
judge(const struct limit_ask *l, int64_t now_us, long long count, struct limit_answer *out)
{
	int64_t end_us = window_start_us(l, now_us) + window_us(l);

	out->over = count > l->limit;
	out->remaining = out->over ? 0 : (int)(l->limit - count);
	out->reset_s = (int)((end_us - now_us + 999999) / 1000000);
}

bool
limits_read(const redisReply *r, int64_t now_us, const struct limit_ask *limits, size_t n,
    struct limit_answer *out)
{
	size_t at = 0, keys = asked(limits, n);

	if (keys > 0 && (r == NULL || r->type != REDIS_REPLY_ARRAY || r->elements != keys))
		return false;
	for (size_t i = 0; i < n; i++) {
		out[i] = (struct limit_answer){ 0 };
		if (limits[i].limit <= 0)
			continue;
		SURE(at < keys);
		const redisReply *count = r->element[at++];
		if (count->type != REDIS_REPLY_INTEGER)
			return false;
		judge(&limits[i], now_us, count->integer, &out[i]);
	}
	return true;
}

const struct err *
session_limits(struct req *rq, struct redis_pool *p, const struct limit_ask *limits, size_t n,
    struct limit_answer *out)
{
	struct redis_command c = limits_command(rq->mem, rq->now_us, limits, n);
	struct redis_answers a = { 0 };

	if (c.n > 0)
		TRY(redis_ask(rq, p, &c, 1, &a));
	bool good = limits_read(a.n > 0 ? a.at[0] : NULL, rq->now_us, limits, n, out);
	const struct err *e = good ? NULL : redis_down(rq, "limits: %s",
	    a.n > 0 && a.at[0]->type == REDIS_REPLY_ERROR ? a.at[0]->str : "a strange answer");
	redis_answers_free(&a);
	return e;
}

const struct err *
session_limits_back(struct req *rq, struct redis_pool *p, const struct limit_ask *limits, size_t n)
{
	struct redis_command c = counters_command(SCRIPT_LIMITS_BACK, rq->mem, rq->now_us, limits, n);
	struct redis_answers a = { 0 };
	const struct err    *e = NULL;

	if (c.n == 0)
		return NULL;
	TRY(redis_ask(rq, p, &c, 1, &a));
	if (a.at[0]->type == REDIS_REPLY_ERROR)
		e = redis_down(rq, "limits: %s", a.at[0]->str);
	redis_answers_free(&a);
	return e;
}
