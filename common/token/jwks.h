/* Key sets (RFC 7517) of P-256 signing keys. Private to common/token. */
#ifndef TOKEN_JWKS_H
#define TOKEN_JWKS_H
#include "common/core/buf.h"
#include "common/token/jwt.h"
#include "common/token/kid.h"
#include "common/token/p256.h"

struct jwk  { char kid[KID_MAX + 1]; struct p256_pem pem; };
struct jwks { size_t n; struct jwk at[JWT_KEYS]; };

/* UPSTREAM "jwks.malformed" for anything but 1 to JWT_KEYS good keys of different names. */
const struct err *jwks_read(struct req *rq, struct text json, struct jwks *out) MUST_USE;
/* One key of the document, without a comma around it. */
void              jwks_write_key(struct buf *to, const char *kid, const struct p256_point *point);
const struct jwk *jwks_find(const struct jwks *set, struct text kid);        /* NULL: unknown */
#endif
