/* Who presents an access token: is it good, is it over, does its session live, and what may it do.
 *
 * The truth of sessions and keys is auth's; this room holds what a door needs of it: the key set, refreshed over HTTP,
 * and the questions for sessions that Redis has lost. How auth is asked is the door's own affair (ask). */
#ifndef CALLER_CALLER_H
#define CALLER_CALLER_H
#include "common/session/session.h"
#include "common/token/jwt.h"

struct caller_answer { int status; struct text body; };
/* One call to a path of auth's /internal/, under the asker's own pair key; the body lives in rq->mem. Blocks at most
 * until rq's deadline. An error when there is no answer; any status is one. */
typedef const struct err *caller_ask(struct req *rq, const char *method, struct text path, struct caller_answer *out);

/* app: under which the key set is asked for. */
struct callers_config { const char *issuer, *audience; int64_t refresh_s; caller_ask *ask; struct app *app; };
struct callers;
/* Starts the thread that reads the key set, which asks nothing yet. The texts are copied. */
struct callers *callers_open(const struct callers_config *config);
/* Nobody may still be inside. Blocks while auth is being asked for the key set, two seconds at most. */
void            callers_close(struct callers **c);
/* For /readyz: BUSY "keys.unread" until there is a key set; has it read. */
const struct err *callers_ready(struct req *rq, struct callers *c) MUST_USE;

/* The token alone; errors as jwt_verify(), BUSY "keys.unread" while there is no key set. One that has only run out
 * ("token.expired") goes on the blacklist, and *out is filled. The key set is read again every refresh_s, and for a kid it
 * does not know, but for those no more than once a second, whatever comes in. Only who brings such a kid waits for that,
 * two seconds at most, and not at all when auth has just failed or too many wait already: BUSY "keys.busy". */
const struct err *caller_token(struct req *rq, struct callers *c, struct text token, struct access_token *out) MUST_USE;
/* Has caller_token() taken this token before, so that it costs next to nothing now? *out is filled then. */
bool            caller_knows(struct req *rq, struct callers *c, struct text token, struct access_token *out) MUST_USE;
/* Blacklist, session and CALLER_LIMITS rate limits (NULL: none) in one round trip; auth is asked for a session that Redis has lost,
 * one question per session at a time. UNKNOWN_WHO "token.revoked" (and the token goes on the blacklist) or
 * "token.invalid"; BUSY when neither can be asked. out->limits is filled in any case but "redis.down". */
enum { CALLER_LIMITS = 2 };
const struct err *caller_session(struct req *rq, struct callers *c, const struct access_token *token,
    const struct limit_ask *limits, struct gate_answer *out) MUST_USE;
#endif
