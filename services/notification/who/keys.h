/* The key set of auth, read over HTTP and kept fresh. */
#ifndef NOTIFICATION_WHO_KEYS_H
#define NOTIFICATION_WHO_KEYS_H
#include "common/token/jwt.h"

struct keys;
struct keys *keys_open(const char *issuer, const char *audience);
void         keys_close(struct keys **k);
/* Verifies an access token; errors as jwt_verify(). Reads the key set first when it is absent or older than
 * jwks_refresh_s, and once more for a kid it does not know, but never more often than once a second, whatever comes
 * in. BUSY "keys.unread" while there is none. Blocks. */
const struct err *keys_verify(struct req *rq, struct text token, struct access_token *out) MUST_USE;
#endif
