/* Makes keys and tokens of any shape, good and bad, without the code under test. */
#ifndef KIT_FORGE_H
#define KIT_FORGE_H
#include "common/core/arena.h"
#include <openssl/evp.h>

/* PEM of a key; the caller frees the key with EVP_PKEY_free(). */
const char *forge_private_pem(struct arena *mem, EVP_PKEY *key);
const char *forge_public_pem(struct arena *mem, EVP_PKEY *key);
/* header.claims.signature with ES256 over any two texts. */
struct text forge_token(struct arena *mem, EVP_PKEY *key, const char *header, const char *claims);
/* The same with HMAC-SHA256 under any secret. */
struct text forge_hs256(struct arena *mem, const char *secret, const char *header, const char *claims);
#endif
