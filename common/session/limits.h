/* Rate limits as one command among others. Private to common/session. */
#ifndef SESSION_LIMITS_H
#define SESSION_LIMITS_H
#include "common/session/redis.h"

enum { LIMITS_MAX = 3 };

/* The one command that counts all limits that are asked for; .n == 0 when none is. The keys live
 * in mem. now_us is business time. */
struct redis_command limits_command(struct arena *mem, int64_t now_us, const struct limit_ask *limits,
    size_t n);
/* Fills out[0..n) from its answer (NULL when no command was sent). False: not an answer to it. */
bool limits_read(const redisReply *r, int64_t now_us, const struct limit_ask *limits, size_t n,
    struct limit_answer *out) MUST_USE;
#endif
