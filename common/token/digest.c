/* SHA-256, HMAC, HKDF and a comparison that tells nothing by its time. */
#include "common/token/digest.h"
#include "common/token/algorithms.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <string.h>

void
digest_sha256(struct text in, uint8_t out[SHA256_BYTES])
{
	EVP_MD_CTX *ctx = algorithms_md();

	SURE(EVP_DigestInit_ex2(ctx, algorithms()->sha256, NULL) == 1);
	SURE(EVP_DigestUpdate(ctx, in.at, in.len) == 1);
	SURE(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
}

/* OpenSSL takes a NULL key for "keep the last one", so an empty key needs an address. */
static const unsigned char *
key_at(struct text key)
{
	return (const unsigned char *)(key.len > 0 ? key.at : "");
}

void
digest_hmac(struct text key, struct text in, uint8_t out[SHA256_BYTES])
{
	EVP_MAC_CTX *ctx = algorithms_hmac();
	size_t       len = 0;

	SURE(EVP_MAC_init(ctx, key_at(key), key.len, NULL) == 1);
	SURE(EVP_MAC_update(ctx, (const unsigned char *)in.at, in.len) == 1);
	SURE(EVP_MAC_final(ctx, out, &len, SHA256_BYTES) == 1 && len == SHA256_BYTES);
}

/* OSSL_PARAM holds a plain pointer although OpenSSL only reads what stands there; the copy in a
 * union is the cast that -Wcast-qual would refuse. */
static OSSL_PARAM
octets(const char *name, struct text t)
{
	union { const void *from; void *to; } at = { .from = key_at(t) };

	return OSSL_PARAM_construct_octet_string(name, at.to, t.len);
}

void
digest_hkdf(struct text secret, struct text info, struct key256 *out)
{
	char         digest[] = "SHA256";
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(algorithms()->hkdf);
	OSSL_PARAM   params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		octets(OSSL_KDF_PARAM_KEY, secret),
		octets(OSSL_KDF_PARAM_INFO, info),
		OSSL_PARAM_construct_end(),
	};

	SURE(ctx != NULL);
	SURE(EVP_KDF_derive(ctx, out->b, sizeof(out->b), params) == 1);
	EVP_KDF_CTX_free(ctx);
}

bool
digest_same(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.at, b.at, a.len) == 0);
}
