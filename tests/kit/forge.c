/* Makes keys and tokens of any shape, good and bad, on OpenSSL alone. */
#include "tests/kit/forge.h"
#include "common/core/text.h"
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

static const char *
taken(struct arena *mem, BIO *from, int written)
{
	char *at = NULL;
	long  len = BIO_get_mem_data(from, &at);

	SURE(written == 1 && len > 0);
	const char *copy = arena_copy(mem, (struct text){ at, (size_t)len }).at;
	BIO_free(from);
	return copy;
}

const char *
forge_private_pem(struct arena *mem, EVP_PKEY *key)
{
	BIO *to = BIO_new(BIO_s_mem());

	return taken(mem, to, PEM_write_bio_PrivateKey(to, key, NULL, NULL, 0, NULL, NULL));
}

const char *
forge_public_pem(struct arena *mem, EVP_PKEY *key)
{
	BIO *to = BIO_new(BIO_s_mem());

	return taken(mem, to, PEM_write_bio_PUBKEY(to, key));
}

static struct text
signing_input(struct arena *mem, const char *header, const char *claims)
{
	struct text h = text_base64url(mem, text_of(header)), c = text_base64url(mem, text_of(claims));

	return text_of(arena_printf(mem, "%.*s.%.*s", TEXT_ARG(h), TEXT_ARG(c)));
}

static struct text
joined(struct arena *mem, struct text input, const unsigned char *signature, size_t len)
{
	struct text s = text_base64url(mem, (struct text){ (const char *)signature, len });

	return text_of(arena_printf(mem, "%.*s.%.*s", TEXT_ARG(input), TEXT_ARG(s)));
}

/* JOSE wants r || s where OpenSSL gives DER. */
struct text
forge_token(struct arena *mem, EVP_PKEY *key, const char *header, const char *claims)
{
	struct text          input = signing_input(mem, header, claims);
	unsigned char        der[256], raw[64];
	const unsigned char *at = der;
	size_t               len = sizeof(der);
	EVP_MD_CTX          *ctx = EVP_MD_CTX_new();

	SURE(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	SURE(EVP_DigestSign(ctx, der, &len, (const unsigned char *)input.at, input.len) == 1);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	SURE(sig != NULL);
	SURE(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) == 32);
	SURE(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) == 32);
	ECDSA_SIG_free(sig);
	return joined(mem, input, raw, sizeof(raw));
}

struct text
forge_hs256(struct arena *mem, const char *secret, const char *header, const char *claims)
{
	struct text   input = signing_input(mem, header, claims);
	struct text   key = text_of(secret);
	unsigned char mac[32];

	SURE(HMAC(EVP_sha256(), key.at, (int)key.len, (const unsigned char *)input.at, input.len, mac, NULL) != NULL);
	return joined(mem, input, mac, sizeof(mac));
}
