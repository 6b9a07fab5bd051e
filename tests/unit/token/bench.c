/* What the tests of access tokens stand on. */
#include "tests/unit/token/bench.h"
#include <criterion/criterion.h>
#include <openssl/ec.h>

struct bench bench;

const struct access_token staff = {
	.who = WHO_STAFF, .user = { { 1 } }, .session = { { 2 } }, .jti = { { 3 } }, .company = { { 4 } },
	.issued_us = NOW_S * 1000000, .expires_us = (NOW_S + 600) * 1000000,
};

const char *
spec_of(const char *kid, EVP_PKEY *k)
{
	return arena_printf(bench.rq.mem, "%s:%s", kid, forge_private_pem(bench.rq.mem, k));
}

void
bench_open(void)
{
	struct bench *b = &bench;

	b->rq = (struct req){ .mem = arena_open(1 << 22), .now_us = NOW_S * 1000000 };
	b->key = EVP_EC_gen("P-256");
	b->other = EVP_EC_gen("P-256");
	cr_assert_null(jwt_signer_open(&b->rq, &b->signer, spec_of("k1", b->key), ISSUER, AUDIENCE));
	b->keys = jwt_keys_open(ISSUER, AUDIENCE);
	cr_assert_null(jwt_keys_load(&b->rq, b->keys, jwt_signer_jwks(b->rq.mem, b->signer)));
}

void
bench_close(void)
{
	jwt_keys_close(&bench.keys);
	jwt_signer_close(&bench.signer);
	cr_assert(bench.keys == NULL && bench.signer == NULL);
	EVP_PKEY_free(bench.key);
	EVP_PKEY_free(bench.other);
	arena_close(&bench.rq.mem);
}

struct text
signed_by(const struct jwt_signer *s, const struct access_token *t)
{
	struct text out;

	cr_assert_null(jwt_sign(&bench.rq, s, t, &out));
	return out;
}

const char *
verdict(struct text token, struct access_token *out)
{
	const struct err *e = jwt_verify(&bench.rq, bench.keys, token, out);

	if (e != NULL)
		cr_assert_eq(e->code, E_UNKNOWN_WHO);
	return e != NULL ? e->slug : "fine";
}

struct text
forged(const char *header, const char *claims)
{
	return forge_token(bench.rq.mem, bench.key, header, claims);
}
