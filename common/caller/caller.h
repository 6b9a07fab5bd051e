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

struct callers_config { const char *issuer, *audience; int64_t refresh_s; caller_ask *ask; };
struct callers;
/* Asks nothing yet. The texts are copied. */
struct callers *callers_open(const struct callers_config *config);
void            callers_close(struct callers **c);       /* nobody may still be inside */
/* For /readyz: BUSY "keys.unread" until there is a key set; tries to read it. */
const struct err *callers_ready(struct req *rq, struct callers *c) MUST_USE;

/* The token alone; errors as jwt_verify(), BUSY "keys.unread" while there is no key set. One that has only run out
 * ("token.expired") goes on the blacklist, and *out is filled. The key set is read first when it is absent or older than
 * refresh_s, and once more for a kid it does not know, but never more often than once a second, whatever comes in; BUSY
 * "keys.busy" when too many wait for that. */
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
