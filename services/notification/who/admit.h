/* Who may come in: the checks of a token and its session, as the gateway does them for requests. */
#ifndef NOTIFICATION_WHO_ADMIT_H
#define NOTIFICATION_WHO_ADMIT_H
#include "common/token/jwt.h"

/* The token alone. Errors as keys_verify(); one that has only run out goes on the blacklist, as the design has it. */
const struct err *admit_token(struct req *rq, struct text token, struct access_token *out) MUST_USE;
/* Blacklist and session: Redis, and auth for a session that Redis has lost. *company is today's, nil without one.
 * UNKNOWN_WHO "session.ended" or "token.invalid"; BUSY when neither can be asked. Blocks. */
const struct err *admit_session(struct req *rq, const struct access_token *token, struct uuid *company) MUST_USE;
/* What a refused client is told: "token_invalid", "token_expired", "session_ended" or "busy". */
const char       *admit_word(const struct err *e);
#endif
