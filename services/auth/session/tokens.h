/* The two tokens of a session: a signed access token, an opaque refresh token. */
#ifndef AUTH_SESSION_TOKENS_H
#define AUTH_SESSION_TOKENS_H
#include "common/core/req.h"
#include "gen/proto/auth/auth.gen.h"

struct session_user { enum who who; struct uuid user, company, session; };

/* The refresh token that follows `presented`: HMAC-SHA256(refresh_key, presented ‖ family ‖ generation). Derived, so
 * that the parent presented twice yields one successor and a database dump yields none. */
struct text refresh_successor(struct req *rq, struct text presented, struct uuid family, int64_t generation);
int64_t     access_expires_us(const struct req *rq);
int64_t     refresh_expires_us(const struct req *rq);
/* Signs the access token and fills the answer. */
const struct err *tokens_answer(struct req *rq, const struct session_user *who, struct uuid jti, struct text refresh,
    struct tokens *out) MUST_USE;
enum who    who_of_kind(struct text kind);         /* "staff" or "operator" */
#endif
