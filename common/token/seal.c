/* AES-256-GCM: nonce(12) || ciphertext || tag(16). */
#include "common/core/id.h"
#include "common/token/algorithms.h"
#include "common/token/digest.h"
#include <limits.h>

/* NIST SP 800-38D: a random 96-bit nonce is safe for 2^32 seals under one key. */
enum { NONCE_BYTES = 12, TAG_BYTES = 16, SEAL_MAX_BYTES = INT_MAX / 2 };

static EVP_CIPHER_CTX *
cipher_open(const struct key256 *key, const unsigned char *nonce, struct text aad, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int             n = 0;

	SURE(ctx != NULL && aad.len <= SEAL_MAX_BYTES);
	SURE(EVP_CipherInit_ex2(ctx, algorithms()->aes_256_gcm, key->b, nonce, encrypt, NULL) == 1);
	if (aad.len > 0)
		SURE(EVP_CipherUpdate(ctx, NULL, &n, (const unsigned char *)aad.at, (int)aad.len) == 1);
	return ctx;
}

struct text
seal(struct arena *mem, const struct key256 *key, struct text aad, struct text plain)
{
	SURE(plain.len <= SEAL_MAX_BYTES);
	size_t          len = NONCE_BYTES + plain.len + TAG_BYTES;
	unsigned char  *out = arena_zero(mem, len, 1);
	unsigned char  *body = out + NONCE_BYTES;
	int             n = 0, rest = 0;

	random_bytes(out, NONCE_BYTES);
	EVP_CIPHER_CTX *ctx = cipher_open(key, out, aad, 1);
	if (plain.len > 0)
		SURE(EVP_CipherUpdate(ctx, body, &n, (const unsigned char *)plain.at, (int)plain.len) == 1);
	SURE(EVP_CipherFinal_ex(ctx, body + n, &rest) == 1 && (size_t)(n + rest) == plain.len);
	SURE(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, body + plain.len) == 1);
	EVP_CIPHER_CTX_free(ctx);
	return (struct text){ (const char *)out, len };
}

bool
unseal(struct arena *mem, const struct key256 *key, struct text aad, struct text sealed,
    struct text *plain)
{
	if (sealed.len < NONCE_BYTES + TAG_BYTES || sealed.len > SEAL_MAX_BYTES)
		return false;
	size_t               len = sealed.len - NONCE_BYTES - TAG_BYTES;
	const unsigned char *in = (const unsigned char *)sealed.at;
	unsigned char       *out = arena_zero(mem, len + 1, 1);
	unsigned char        tag[TAG_BYTES];
	int                  n = 0, rest = 0;

	for (size_t i = 0; i < TAG_BYTES; i++)
		tag[i] = in[NONCE_BYTES + len + i];
	EVP_CIPHER_CTX *ctx = cipher_open(key, in, aad, 0);
	if (len > 0)
		SURE(EVP_CipherUpdate(ctx, out, &n, in + NONCE_BYTES, (int)len) == 1);
	SURE(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1);
	bool good = EVP_CipherFinal_ex(ctx, out + n, &rest) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (good)
		*plain = (struct text){ (const char *)out, len };
	return good;
}
