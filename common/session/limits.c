/* Rate limits: a counter per fixed window of the business clock. */
#include "common/session/limits.h"
#include "common/core/buf.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include <string.h>

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

	SURE(n <= LIMITS_MAX);
	for (size_t i = 0; i < n; i++)
		count += limits[i].limit > 0;
	return count;
}

static struct text
counter_key(struct arena *mem, int64_t now_us, const struct limit_ask *l)
{
	struct buf key = buf_in(mem, strlen("limit::-9223372036854775808") + strlen(l->key));

	buf_str(&key, "limit:");
	buf_str(&key, l->key);
	buf_byte(&key, ':');
	buf_i64(&key, window_start_us(l, now_us) / 1000000);
	return buf_as_text(&key);
}

static struct text
life_ms(struct arena *mem, const struct limit_ask *l)
{
	struct buf ms = buf_in(mem, 20);

	buf_i64(&ms, (int64_t)l->window_s * 1000 + LINGER_MS);
	return buf_as_text(&ms);
}

/* The counter is there, with an end, before it counts: it can never stay for good. As two plain commands: a script would
 * cost Redis twice as much. */
size_t
limits_commands(struct arena *mem, int64_t now_us, const struct limit_ask *limits, size_t n, struct redis_command *to)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (limits[i].limit <= 0)
			continue;
		struct text          key = counter_key(mem, now_us, &limits[i]), life = life_ms(mem, &limits[i]);
		struct redis_command *make = &to[at++], *count = &to[at++];

		*make = *count = (struct redis_command){ .script = SCRIPT_NONE };
		redis_word(make, TEXT("SET"));
		redis_word(make, key);
		redis_word(make, TEXT("0"));
		redis_word(make, TEXT("PX"));
		redis_word(make, life);
		redis_word(make, TEXT("NX"));
		redis_word(count, TEXT("INCR"));
		redis_word(count, key);
	}
	return at;
}

static void
judge(const struct limit_ask *l, int64_t now_us, long long count, struct limit_answer *out)
{
	int64_t end_us = window_start_us(l, now_us) + window_us(l);

	out->over = count > l->limit;
	out->remaining = out->over ? 0 : (int)(l->limit - count);
	out->reset_s = (int)((end_us - now_us + 999999) / 1000000);
}

/* The next two answers, if there are two more. */
static bool
one_read(const struct redis_answers *from, size_t *at, const redisReply **count)
{
	if (*at + 2 > from->n || from->at[*at]->type == REDIS_REPLY_ERROR)
		return false;
	*count = from->at[*at + 1];
	*at += 2;
	return (*count)->type == REDIS_REPLY_INTEGER;
}

bool
limits_read(const struct redis_answers *from, int64_t now_us, const struct limit_ask *limits, size_t n, struct limit_answer *out)
{
	size_t            at = from->n - 2 * asked(limits, n);
	const redisReply *count;

	for (size_t i = 0; i < n; i++) {
		out[i] = (struct limit_answer){ 0 };
		if (limits[i].limit <= 0)
			continue;
		if (!one_read(from, &at, &count))
			return false;
		judge(&limits[i], now_us, count->integer, &out[i]);
	}
	return true;
}

const struct err *
session_limits(struct req *rq, struct redis_pool *p, const struct limit_ask *limits, size_t n,
    struct limit_answer *out)
{
	struct redis_command c[2 * LIMITS_MAX];
	struct redis_answers a = { 0 };
	size_t               n_commands = limits_commands(rq->mem, rq->now_us, limits, n, c);

	if (n_commands == 0) {
		memset(out, 0, n * sizeof(*out));
		return NULL;
	}
	TRY(redis_ask(rq, p, c, n_commands, &a));
	bool good = limits_read(&a, rq->now_us, limits, n, out);
	const struct err *e = good ? NULL : redis_down(rq, "limits: %s", redis_refusal(&a));
	redis_answers_free(&a);
	return e;
}

const struct err *
session_limits_back(struct req *rq, struct redis_pool *p, const struct limit_ask *limits, size_t n)
{
	struct redis_command c = { .script = SCRIPT_LIMITS_BACK };
	struct redis_answers a = { 0 };
	const struct err    *e = NULL;

	if (asked(limits, n) == 0)
		return NULL;
	redis_word(&c, text_of(arena_printf(rq->mem, "%zu", asked(limits, n))));
	for (size_t i = 0; i < n; i++)
		if (limits[i].limit > 0)
			redis_word(&c, counter_key(rq->mem, rq->now_us, &limits[i]));
	TRY(redis_ask(rq, p, &c, 1, &a));
	if (a.at[0]->type == REDIS_REPLY_ERROR)
		e = redis_down(rq, "limits: %s", a.at[0]->str);
	redis_answers_free(&a);
	return e;
}
