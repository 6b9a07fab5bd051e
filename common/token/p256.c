/* P-256 keys between PEM and coordinates, on OpenSSL. */
#include "common/token/p256.h"
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

/* Without this OpenSSL would ask the terminal for the passphrase of an encrypted key. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf, (void)size, (void)writing, (void)arg;
	return -1;
}

static bool
is_p256(const EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group),
	        NULL) == 1 && strcmp(group, "prime256v1") == 0;
}

static bool
key_checks(EVP_PKEY *key, bool private)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	SURE(ctx != NULL);
	bool good = (private ? EVP_PKEY_pairwise_check(ctx) : EVP_PKEY_public_check(ctx)) == 1;
	EVP_PKEY_CTX_free(ctx);
	return good;
}

static bool
coordinate(const EVP_PKEY *key, const char *name, uint8_t out[P256_BYTES])
{
	BIGNUM *n = NULL;
	bool    good = EVP_PKEY_get_bn_param(key, name, &n) == 1 &&
	    BN_bn2binpad(n, out, P256_BYTES) == P256_BYTES;

	BN_free(n);
	return good;
}

/* Moves what was written to a memory BIO. */
static bool
pem_take(BIO *from, bool written, struct p256_pem *out)
{
	char *at = NULL;
	long  len = BIO_get_mem_data(from, &at);
	bool  good = written && len > 0 && len < P256_PEM_MAX;

	memset(out, 0, sizeof(*out));
	if (good) {
		memcpy(out->at, at, (size_t)len);
		out->len = (size_t)len;
	}
	if (len > 0)
		OPENSSL_cleanse(at, (size_t)len);
	BIO_free(from);
	return good;
}

static EVP_PKEY *
private_read(struct text pem)
{
	if (pem.len == 0 || pem.len > INT_MAX)
		return NULL;
	BIO *in = BIO_new_mem_buf(pem.at, (int)pem.len);

	SURE(in != NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
	BIO_free(in);
	return key;
}

bool
p256_private(struct text pem, struct p256_pem *out, struct p256_point *point)
{
	EVP_PKEY *key = private_read(pem);
	bool      good = key != NULL && is_p256(key) && key_checks(key, true) &&
	    coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, point->x) &&
	    coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, point->y);

	if (good) {
		BIO *to = BIO_new(BIO_s_mem());

		SURE(to != NULL);
		int written = PEM_write_bio_PKCS8PrivateKey(to, key, NULL, NULL, 0, NULL, NULL);
		good = pem_take(to, written == 1, out);
	}
	EVP_PKEY_free(key);
	return good;
}

static EVP_PKEY *
public_make(const struct p256_point *point)
{
	unsigned char   raw[1 + 2 * P256_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
	char            group[] = "prime256v1";
	EVP_PKEY       *key = NULL;
	EVP_PKEY_CTX   *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM      params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, raw, sizeof(raw)),
		OSSL_PARAM_construct_end(),
	};

	memcpy(raw + 1, point->x, P256_BYTES);
	memcpy(raw + 1 + P256_BYTES, point->y, P256_BYTES);
	SURE(ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1);
	if (EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

bool
p256_public(const struct p256_point *point, struct p256_pem *out)
{
	EVP_PKEY *key = public_make(point);
	bool      good = key != NULL && key_checks(key, false);

	if (good) {
		BIO *to = BIO_new(BIO_s_mem());

		SURE(to != NULL);
		good = pem_take(to, PEM_write_bio_PUBKEY(to, key) == 1, out);
	}
	EVP_PKEY_free(key);
	return good;
}
