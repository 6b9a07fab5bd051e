/* Digests, keys and sealing, on OpenSSL. */
#ifndef TOKEN_DIGEST_H
#define TOKEN_DIGEST_H
#include "common/core/arena.h"
#include "common/core/err.h"

enum { SHA256_BYTES = 32, KEY_BYTES = 32 };
struct key256 { uint8_t b[KEY_BYTES]; };

void digest_sha256(struct text in, uint8_t out[SHA256_BYTES]);
void digest_hmac(struct text key, struct text in, uint8_t out[SHA256_BYTES]);
/* HKDF-SHA256 (RFC 5869) without salt. */
void digest_hkdf(struct text secret, struct text info, struct key256 *out);
/* Takes the same time wherever the first difference stands; lengths are no secret. */
bool digest_same(struct text a, struct text b);

/* AES-256-GCM under key; the result is nonce(12) || ciphertext || tag(16). aad binds it to its place. */
struct text seal(struct arena *mem, const struct key256 *key, struct text aad, struct text plain);
bool        unseal(struct arena *mem, const struct key256 *key, struct text aad, struct text sealed,
    struct text *plain) MUST_USE;

/* "kid:base64,kid2:base64" (32 bytes each, at most 16) as configuration gives them. While a key is replaced two of one
 * kid are good. */
struct keyring { size_t n; struct { char kid[32]; struct key256 key; } at[16]; };
bool keyring_parse(const char *spec, struct keyring *out) MUST_USE;
/* The first key of that kid, or the next behind one of the ring; NULL: no more. */
const struct key256 *keyring_next(const struct keyring *ring, struct text kid, const struct key256 *behind);

/* "base64,base64" (32 bytes each, at most 4): what was sealed under any of them is opened, the first one seals. */
struct keylist { size_t n; struct key256 at[4]; };
bool keylist_parse(const char *spec, struct keylist *out) MUST_USE;
bool keylist_unseal(struct arena *mem, const struct keylist *keys, struct text aad, struct text sealed,
    struct text *plain) MUST_USE;
#endif
