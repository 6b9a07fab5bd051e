/* P-256 keys between PEM and coordinates. Private to common/token. */
#ifndef TOKEN_P256_H
#define TOKEN_P256_H
#include "common/core/base.h"

enum {
	P256_BYTES = 32,           /* of one coordinate */
	P256_PEM_MAX = 512,        /* a PKCS#8 key is 241 bytes, a public one 178, both with NUL left */
};

struct p256_point { uint8_t x[P256_BYTES], y[P256_BYTES]; };
struct p256_pem   { char at[P256_PEM_MAX]; size_t len; };

/* A private key without passphrase, checked: gives its point and its plain PKCS#8 form. False for
 * anything else, other curves and RSA included. Never asks a terminal. */
bool p256_private(struct text pem, struct p256_pem *key, struct p256_point *point) MUST_USE;
/* The PEM of a public key. False when the point is not on the curve. */
bool p256_public(const struct p256_point *point, struct p256_pem *out) MUST_USE;
#endif
