/* Verification codes: six digits for the phone, a keyed hash for the database, a seal for the event. */
#ifndef AUTH_VERIFICATION_CODE_H
#define AUTH_VERIFICATION_CODE_H
#include "common/core/req.h"

enum { CODE_DIGITS = 6, CODE_TRIES = 5 };

struct text code_new(struct req *rq);
/* HMAC under auth's own key, bound to the verification. */
struct text code_digest(struct req *rq, struct uuid verification, struct text code);
/* Only messaging can open it; bound to the verification. */
struct text code_sealed(struct req *rq, struct uuid verification, struct text code);
#endif
