/* Writes sessions and blacklist entries, and asks whether Redis is fit for them. */
#include "common/session/session.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/session/keys.h"
#include "common/session/redis.h"
#include <inttypes.h>
#include <string.h>

/* A blacklist entry outlives its token by the leeway of clocks, and stays at least as long as an
 * access token lives: the clock that made the token may have been ahead. */
#define BLACKLIST_LEEWAY_US (60 * INT64_C(1000000))
#define BLACKLIST_LEAST_US  (600 * INT64_C(1000000))

static struct text
named(struct arena *mem, struct text what, struct uuid id)
{
	char *at = arena_zero(mem, what.len + UUID_CHARS + 1, 1);

	memcpy(at, what.at, what.len);
	uuid_print(id, at + what.len);
	return (struct text){ at, what.len + UUID_CHARS };
}

struct text
session_key(struct arena *mem, struct uuid sid)
{
	return named(mem, TEXT("session:"), sid);
}

struct text
blacklist_key(struct arena *mem, struct uuid jti)
{
	return named(mem, TEXT("blacklist:"), jti);
}

static struct text
number(struct arena *mem, int64_t n)
{
	return text_of(arena_printf(mem, "%" PRId64, n));
}

static struct text
uuid_text(struct arena *mem, struct uuid u)
{
	char text[UUID_CHARS + 1];

	uuid_print(u, text);
	return arena_text(mem, text);
}

/* Milliseconds that Redis shall keep something that ends at until_us by the business clock. Told as
 * a length, so that the clocks of the two machines need not agree. */
static struct text
life_ms(struct arena *mem, int64_t until_us)
{
	int64_t ms = (until_us - clock_now_us()) / 1000;

	return number(mem, ms > 1 ? ms : 1);
}

/* Asks one command whose answer must only not be an error. */
static const struct err *
tell(struct req *rq, struct redis_pool *p, const struct redis_command *c)
{
	struct redis_answers a;
	const struct err    *e = NULL;

	TRY(redis_ask(rq, p, c, 1, &a));
	if (a.at[0]->type == REDIS_REPLY_ERROR)
		e = redis_down(rq, "%s", a.at[0]->str);
	redis_answers_free(&a);
	return e;
}

const struct err *
session_put(struct req *rq, struct redis_pool *p, struct uuid sid, const struct session *s,
    int64_t expires_us)
{
	struct redis_command c = { .script = SCRIPT_PUT };

	SURE(s->state != SESSION_ABSENT);
	redis_word(&c, TEXT("1"));
	redis_word(&c, session_key(rq->mem, sid));
	redis_word(&c, number(rq->mem, clock_now_us()));
	redis_word(&c, number(rq->mem, s->version));
	redis_word(&c, s->state == SESSION_ALIVE ? TEXT("1") : TEXT("0"));
	redis_word(&c, number(rq->mem, expires_us));
	redis_word(&c, life_ms(rq->mem, expires_us));
	redis_word(&c, uuid_text(rq->mem, s->user));
	redis_word(&c, uuid_text(rq->mem, s->company));
	redis_word(&c, text_of(arena_printf(rq->mem, "%" PRIx64, s->permissions)));
	redis_word(&c, number(rq->mem, s->who));
	return tell(rq, p, &c);
}

const struct err *
session_blacklist(struct req *rq, struct redis_pool *p, struct uuid jti, int64_t token_expires_us)
{
	struct redis_command c = { .script = SCRIPT_NONE };
	int64_t              until_us = token_expires_us + BLACKLIST_LEEWAY_US;
	int64_t              least_us = clock_now_us() + BLACKLIST_LEAST_US;

	if (until_us < least_us)
		until_us = least_us;
	redis_word(&c, TEXT("SET"));
	redis_word(&c, blacklist_key(rq->mem, jti));
	redis_word(&c, number(rq->mem, until_us));
	redis_word(&c, TEXT("PX"));
	redis_word(&c, life_ms(rq->mem, until_us));
	return tell(rq, p, &c);
}

/* The policy out of CONFIG GET (name, value) or out of the lines of INFO. */
static struct text
policy_of(const redisReply *r)
{
	if (r->type == REDIS_REPLY_ARRAY)
		return r->elements == 2 ? text_of(r->element[1]->str) : (struct text){ 0 };
	const char *line = r->type == REDIS_REPLY_STRING ? strstr(r->str, "maxmemory_policy:") : NULL;
	struct text rest = text_of(line);
	(void)text_cut(&rest, ':');
	return text_cut(&rest, '\r');
}

/* An operator's Redis may forbid CONFIG; INFO says the same. */
const struct err *
redis_ready(struct req *rq, struct redis_pool *p)
{
	struct redis_command asks[2] = { { .script = SCRIPT_NONE }, { .script = SCRIPT_NONE } };
	struct redis_answers a;

	redis_word(&asks[0], TEXT("CONFIG"));
	redis_word(&asks[0], TEXT("GET"));
	redis_word(&asks[0], TEXT("maxmemory-policy"));
	redis_word(&asks[1], TEXT("INFO"));
	redis_word(&asks[1], TEXT("memory"));
	TRY(redis_ask(rq, p, asks, 2, &a));
	struct text policy = policy_of(a.at[0]->type == REDIS_REPLY_ERROR ? a.at[1] : a.at[0]);
	const struct err *e = text_is(policy, "noeviction") ? NULL :
	    redis_down(rq, "maxmemory-policy is '%.*s', want noeviction", TEXT_ARG(policy));
	redis_answers_free(&a);
	return e;
}
