/* Rate limits as commands among others. Private to common/session. */
#ifndef SESSION_LIMITS_H
#define SESSION_LIMITS_H
#include "common/session/redis.h"

enum { LIMITS_MAX = 3 };

/* The commands that count all limits that are asked for, 2 × LIMITS_MAX at most, or none; returns how many. The keys live
 * in mem. now_us is business time. */
size_t limits_commands(struct arena *mem, int64_t now_us, const struct limit_ask *limits, size_t n,
    struct redis_command *to);
/* Fills out[0..n) from the answers to them, which are the last ones. False: not answers to them. */
bool limits_read(const struct redis_answers *from, int64_t now_us, const struct limit_ask *limits, size_t n,
    struct limit_answer *out) MUST_USE;
#endif
