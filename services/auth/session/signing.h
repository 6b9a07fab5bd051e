/* auth's signing keys, read again while it runs: a rotation needs no restart.
 *
 * A key that comes first in the list is shown before it signs, until all replicas have read the list and a verifier that meets
 * the new kid may ask for the set again: so nobody is refused. When the key that signed until then is no longer in the list,
 * the new one signs at once. */
#ifndef AUTH_SESSION_SIGNING_H
#define AUTH_SESSION_SIGNING_H
#include "common/core/req.h"
struct access_token;
struct auth_config;
struct signing;

/* Reads the list (DURE_JWT_KEYS, or the file that DURE_JWT_KEYS_FILE names) and the keys that it names. INVALID when they are
 * not good, or when not exactly one of the two variables is set. */
const struct err *signing_open(struct req *rq, struct signing **out, const struct auth_config *config) MUST_USE;
void        signing_close(struct signing **s);
/* Both look at the files again when that is longer ago than DURE_JWT_KEYS_REREAD_S; one thread does, the others go on. Keys
 * that are not good (a file half written) leave the ones in use, and are told to the log. */
const struct err *signing_sign(struct req *rq, struct signing *s, const struct access_token *t, struct text *out) MUST_USE;
struct text signing_jwks(struct req *rq, struct signing *s);
#endif
