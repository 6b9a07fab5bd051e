/* Who may come in: the checks of a token and its session, as the gateway does them for requests. */
#ifndef NOTIFICATION_WHO_ADMIT_H
#define NOTIFICATION_WHO_ADMIT_H
#include "common/token/jwt.h"

/* The token alone; errors as caller_token(). Blocks. */
const struct err *admit_token(struct req *rq, struct text token, struct access_token *out) MUST_USE;
/* Blacklist and session; errors as caller_session(), and only people come in: staff, operators, customers. *company is
 * today's, nil without one. Blocks. */
const struct err *admit_session(struct req *rq, const struct access_token *token, struct uuid *company) MUST_USE;
/* What a refused client is told: "token_invalid", "token_expired", "session_ended" or "busy". */
const char       *admit_word(const struct err *e);
#endif
