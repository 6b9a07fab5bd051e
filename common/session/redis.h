/* Asking Redis over one connection that all threads share. Private to common/session.
 *
 * Everything that can go wrong on the way is one error, BUSY "redis.down" with retry_after_s 1, and
 * costs at most the pool's timeout. After a failure the pool refuses at once for BREAK_MS, then
 * lets one caller try: 64 threads do not each wait for a Redis that is frozen. */
#ifndef SESSION_REDIS_H
#define SESSION_REDIS_H
#include "common/session/session.h"
#include <hiredis/hiredis.h>

enum redis_script { SCRIPT_NONE = -1, SCRIPT_PUT, SCRIPT_LIMITS_BACK, SCRIPT__COUNT };

enum { REDIS_ARGS = 20, REDIS_COMMANDS = 8 };

/* One command as words; they are borrowed until the answers are there. A command that runs a
 * script starts with its number of keys; EVALSHA and the digest are put in front. */
struct redis_command {
	enum redis_script script;
	size_t            n;
	const char       *arg[REDIS_ARGS];
	size_t            len[REDIS_ARGS];
};
void redis_word(struct redis_command *c, struct text word);

/* Replies in the order of the commands, none of them NULL, an error reply among them perhaps. */
struct redis_answers { size_t n; redisReply *at[REDIS_COMMANDS]; };
void redis_answers_free(struct redis_answers *a);

/* What an error among them says, for the log. */
const char *redis_refusal(const struct redis_answers *a);

/* Sends all commands at once and reads all answers: one round trip, and a second one for the scripts that Redis has
 * forgotten. What was on its way when a connection died that had answered before is asked again: each command must bear
 * being done twice (a limit may then count one call more, or give one more back). On an error *out holds nothing to free. */
const struct err *redis_ask(struct req *rq, struct redis_pool *p,
    const struct redis_command *commands, size_t n, struct redis_answers *out) MUST_USE;
/* The one error of this room; the reason goes to the log only. */
const struct err *redis_down(struct req *rq, const char *fmt, ...) PRINTF_LIKE(2, 3);

struct redis_script_is { const char *text, *sha1; };
struct redis_script_is redis_script(enum redis_script which);
#endif
