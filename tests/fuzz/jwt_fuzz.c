/* Fuzzes what reads access tokens: the token as a whole, header and claims behind a good signature,
 * and key sets. The first byte says which. */
#include "common/core/text.h"
#include "common/token/jwt.h"
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <string.h>

#define NOW_US INT64_C(1800000000000000)
#define HEADER "{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"JWT\"}"
#define CLAIMS "{\"iss\":\"i\",\"aud\":\"a\"}"

static EVP_PKEY        *key;
static struct jwt_keys *keys;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static const char *
private_pem(struct arena *mem)
{
	BIO  *to = BIO_new(BIO_s_mem());
	char *at = NULL;

	SURE(PEM_write_bio_PrivateKey(to, key, NULL, NULL, 0, NULL, NULL) == 1);
	long        len = BIO_get_mem_data(to, &at);
	const char *copy = arena_copy(mem, (struct text){ at, (size_t)len }).at;
	BIO_free(to);
	return copy;
}

/* r || s, as JOSE wants it. */
static struct text
es256(struct arena *mem, struct text input)
{
	unsigned char        der[128], *raw = arena_zero(mem, 64, 1);
	const unsigned char *at = der;
	size_t               len = sizeof(der);
	EVP_MD_CTX          *ctx = EVP_MD_CTX_new();

	SURE(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	SURE(EVP_DigestSign(ctx, der, &len, (const unsigned char *)input.at, input.len) == 1);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	SURE(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) == 32);
	ECDSA_SIG_free(sig);
	return (struct text){ (const char *)raw, 64 };
}

/* Any header and any claims behind a good signature. */
static struct text
forged(struct arena *mem, const char *header, const char *claims)
{
	struct text h = text_base64url(mem, text_of(header)), c = text_base64url(mem, text_of(claims));
	struct text input = text_of(arena_printf(mem, "%.*s.%.*s", TEXT_ARG(h), TEXT_ARG(c)));
	struct text s = text_base64url(mem, es256(mem, input));

	return text_of(arena_printf(mem, "%.*s.%.*s", TEXT_ARG(input), TEXT_ARG(s)));
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct req         rq = { .mem = arena_open(1 << 20) };
	struct jwt_signer *signer;

	(void)argc, (void)argv;
	key = EVP_EC_gen("P-256");
	SURE(key != NULL);
	const char *spec = arena_printf(rq.mem, "k:%s", private_pem(rq.mem));
	SURE(jwt_signer_open(&rq, &signer, spec, "i", "a") == NULL);
	keys = jwt_keys_open("i", "a");
	SURE(jwt_keys_load(&rq, keys, jwt_signer_jwks(rq.mem, signer)) == NULL);
	jwt_signer_close(&signer);
	arena_close(&rq.mem);
	return 0;
}

/* A token that came through says it was signed by the one key there is, and for now. */
static void
verify(struct req *rq, struct text token)
{
	struct access_token out = { 0 };

	if (jwt_verify(rq, keys, token, &out) == NULL)
		SURE(strcmp(out.kid, "k") == 0 && out.expires_us > NOW_US && out.expires_us > out.issued_us);
}

static void
load(struct req *rq, struct text doc)
{
	struct jwt_keys *others = jwt_keys_open("i", "a");

	(void)!jwt_keys_load(rq, others, doc);
	jwt_keys_close(&others);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 4096)
		return 0;
	struct req  rq = { .mem = arena_open(1 << 22), .now_us = NOW_US };
	const char *rest = arena_copy(rq.mem, (struct text){ (const char *)data + 1, size - 1 }).at;

	switch (data[0] % 4) {
	case 0:
		verify(&rq, (struct text){ rest, size - 1 });
		break;
	case 1:
		verify(&rq, forged(rq.mem, rest, CLAIMS));
		break;
	case 2:
		verify(&rq, forged(rq.mem, HEADER, rest));
		break;
	default:
		load(&rq, (struct text){ rest, size - 1 });
		break;
	}
	arena_close(&rq.mem);
	return 0;
}
