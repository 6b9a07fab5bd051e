/* The key set of auth, read over HTTP and kept fresh. */
#ifndef GATEWAY_GATE_KEYS_H
#define GATEWAY_GATE_KEYS_H
#include "common/token/jwt.h"

struct gateway;
struct keys;
struct keys *keys_open(const char *issuer, const char *audience);
void         keys_close(struct keys **k);
/* Verifies an access token. Reads the key set first when it is absent or older than jwks_refresh_s, and once more for a
 * kid it does not know, but never more often than once a second, whatever comes in. BUSY "keys.unread" while there is none. */
const struct err *keys_verify(struct req *rq, struct text token, struct access_token *out) MUST_USE;
/* For /readyz: is there a key set? */
const struct err *keys_ready(struct req *rq) MUST_USE;
#endif
