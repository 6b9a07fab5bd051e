/* What the gateway asks for each request, in one round trip. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "common/session/keys.h"
#include "common/session/limits.h"
#include <string.h>

METRIC(sessions, COUNTER, "dure_session_lookups_total", "found", "Sessions asked of Redis: alive, revoked or absent");
METRIC(blacklist, COUNTER, "dure_blacklist_lookups_total", "found", "Token ids asked of the blacklist: listed or clear");

/* The fields of a session in the order in which they are asked for. */
enum { FIELD_U, FIELD_C, FIELD_P, FIELD_W, FIELD_A, FIELD_V, FIELD_X, FIELDS };
static const char *const field_names[FIELDS] = { "u", "c", "p", "w", "a", "v", "x" };

/* The commands in the order in which they are sent. */
enum { ASK_BLACKLIST, ASK_SESSION, ASK_LIMITS, ASKS = ASK_LIMITS + 2 * LIMITS_MAX };

static struct text
text_of_reply(const redisReply *r)
{
	return r->type == REDIS_REPLY_STRING ? (struct text){ r->str, r->len } : (struct text){ 0 };
}

/* The entry holds its expiry by the business clock. One that cannot be read counts: this door
 * fails closed. */
static bool
blacklist_read(const redisReply *r, int64_t now_us, bool *listed)
{
	int64_t until_us = 0;

	if (r->type != REDIS_REPLY_STRING && r->type != REDIS_REPLY_NIL)
		return false;
	*listed = r->type == REDIS_REPLY_STRING &&
	    (!text_to_i64(text_of_reply(r), &until_us) || until_us > now_us);
	return true;
}

static bool
hex_read(struct text t, uint64_t *out)
{
	uint64_t n = 0;

	if (t.len == 0 || t.len > 16)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		const char *digit = memchr("0123456789abcdef", t.at[i], 16);

		if (digit == NULL)
			return false;
		n = n << 4 | (uint64_t)(t.at[i] >= 'a' ? t.at[i] - 'a' + 10 : t.at[i] - '0');
	}
	*out = n;
	return true;
}

static bool
fields_read(const struct text f[FIELDS], int64_t now_us, struct session *out)
{
	int64_t until_us = 0, who = 0;

	if (!text_to_i64(f[FIELD_X], &until_us) || until_us <= now_us)
		return false;
	if (!text_to_i64(f[FIELD_V], &out->version) || !text_to_i64(f[FIELD_W], &who))
		return false;
	if (who < WHO_ANYONE || who > WHO_SERVICE || (who & (who - 1)) != 0)
		return false;
	out->who = (enum who)who;
	out->state = text_is(f[FIELD_A], "1") ? SESSION_ALIVE : SESSION_REVOKED;
	return uuid_parse(f[FIELD_U], &out->user) && uuid_parse(f[FIELD_C], &out->company) &&
	    hex_read(f[FIELD_P], &out->permissions);
}

/* What is not there, past its expiry by the business clock, or not of our making, is absent: the
 * truth stands in PostgreSQL and will be asked for. */
static bool
session_read(const redisReply *r, int64_t now_us, struct session *out)
{
	struct text f[FIELDS];

	if (r->type != REDIS_REPLY_ARRAY || r->elements != FIELDS)
		return false;
	for (size_t i = 0; i < FIELDS; i++)
		f[i] = text_of_reply(r->element[i]);
	*out = (struct session){ 0 };
	if (!fields_read(f, now_us, out))
		*out = (struct session){ .state = SESSION_ABSENT };
	return true;
}

static struct redis_command
ask_session(struct arena *mem, struct uuid sid)
{
	struct redis_command c = { .script = SCRIPT_NONE };

	redis_word(&c, TEXT("HMGET"));
	redis_word(&c, session_key(mem, sid));
	for (size_t i = 0; i < FIELDS; i++)
		redis_word(&c, text_of(field_names[i]));
	return c;
}

static struct redis_command
ask_blacklist(struct arena *mem, struct uuid jti)
{
	struct redis_command c = { .script = SCRIPT_NONE };

	redis_word(&c, TEXT("GET"));
	redis_word(&c, blacklist_key(mem, jti));
	return c;
}

static void
count(const struct gate_answer *answer)
{
	static const char *const words[] = {
		[SESSION_ALIVE] = "alive", [SESSION_REVOKED] = "revoked", [SESSION_ABSENT] = "absent",
	};

	metric_add(&sessions, words[answer->session.state], 1);
	metric_add(&blacklist, answer->blacklisted ? "listed" : "clear", 1);
}

const struct err *
session_gate(struct req *rq, struct redis_pool *p, struct uuid sid, struct uuid jti,
    const struct limit_ask *limits, size_t n_limits, struct gate_answer *out)
{
	struct redis_command asks[ASKS];
	struct redis_answers a;
	size_t               n;

	asks[ASK_BLACKLIST] = ask_blacklist(rq->mem, jti);
	asks[ASK_SESSION] = ask_session(rq->mem, sid);
	n = ASK_LIMITS + limits_commands(rq->mem, rq->now_us, limits, n_limits, &asks[ASK_LIMITS]);
	TRY(redis_ask(rq, p, asks, n, &a));
	bool good = blacklist_read(a.at[ASK_BLACKLIST], rq->now_us, &out->blacklisted) &&
	    session_read(a.at[ASK_SESSION], rq->now_us, &out->session) &&
	    limits_read(&a, rq->now_us, limits, n_limits, out->limits);
	const struct err *e = good ? NULL : redis_down(rq, "gate: %s", redis_refusal(&a));
	if (good)
		count(out);
	redis_answers_free(&a);
	return e;
}
