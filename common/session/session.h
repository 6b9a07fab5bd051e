/* Sessions, the token blacklist and rate limits in Redis. The only room that knows hiredis.
 *
 *   session:{sid}     hash u (user) c (company) p (permissions, hex) w (who) a (alive 0/1) v (version)
 *                     x (its expiry in µs)
 *   blacklist:{jti}   its expiry in µs, time to live max(exp + 60 s − now, 600 s)
 *   limit:{key}:{start of the window in s}   counter of a fixed window
 * Each entry carries its own expiry by the business clock beside the TTL. A session is written only
 * by a script that refuses an older version; a revoked one is a tombstone (a = 0) until the last
 * token's exp. */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H
#include "common/core/req.h"

struct redis_pool;
/* One connection, made at first use and again after a failure, carries the questions of all threads; nothing is asked at
 * open. */
const struct err *redis_pool_open(struct req *rq, struct redis_pool **out, const char *url, int timeout_ms) MUST_USE;
void        redis_pool_close(struct redis_pool **p);
/* All below block for at most timeout_ms or until rq's deadline, whichever comes first; BUSY "redis.down" with
 * retry_after_s 1 is their only error.
 *
 * BUSY "redis.down" when it does not answer in time, or its maxmemory-policy is not noeviction. */
const struct err *redis_ready(struct req *rq, struct redis_pool *p) MUST_USE;

enum session_state { SESSION_ALIVE, SESSION_REVOKED, SESSION_ABSENT };
struct session {
	enum session_state state;
	enum who           who;
	struct uuid        user, company;
	uint64_t           permissions;
	int64_t            version;
};

/* One rate limit: at most `limit` in `window_s` under `key`; limit 0 asks for none. */
struct limit_ask    { const char *key; int limit, window_s; };
struct limit_answer { bool over; int remaining, reset_s; };

/* One round trip: is the jti on the blacklist, how is the session, what of the limits (at most 3).
 * BUSY "redis.down" when Redis does not answer (the caller fails closed). */
struct gate_answer { bool blacklisted; struct session session; struct limit_answer limits[3]; };
const struct err *session_gate(struct req *rq, struct redis_pool *p, struct uuid sid, struct uuid jti,
    const struct limit_ask *limits, size_t n_limits, struct gate_answer *out) MUST_USE;
/* Limits alone, for public routes. */
const struct err *session_limits(struct req *rq, struct redis_pool *p, const struct limit_ask *limits, size_t n,
    struct limit_answer *out) MUST_USE;

/* Takes back what session_limits() of the same unit of work has counted: it was not what the limit is for. */
const struct err *session_limits_back(struct req *rq, struct redis_pool *p, const struct limit_ask *limits, size_t n) MUST_USE;

/* Writes unless a newer version stands there (which is no error; of two equal ones the revoked one stays).
 * expires_us: when the last token of the session ends. */
const struct err *session_put(struct req *rq, struct redis_pool *p, struct uuid sid, const struct session *s,
    int64_t expires_us) MUST_USE;
const struct err *session_blacklist(struct req *rq, struct redis_pool *p, struct uuid jti, int64_t token_expires_us) MUST_USE;
#endif
