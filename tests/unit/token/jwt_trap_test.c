/* libjwt's traps, one by one: shown where they are, and that nobody falls into them through us. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "tests/unit/token/bench.h"
#include <criterion/criterion.h>
#include <jwt.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

TestSuite(trap, .init = bench_open, .fini = bench_close);

Test(trap, alg_none_passes_libjwt_without_a_key_and_never_us)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"kid\":\"k1\",\"typ\":\"JWT\"}", "{\"alg\":\"NONE\",\"kid\":\"k1\",\"typ\":\"JWT\"}",
		"{\"alg\":\"none\"}", "{\"kid\":\"k1\",\"typ\":\"JWT\"}",
	};

	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		struct text whole = forged(headers[i], CLAIMS);
		const char *dot = memrchr(whole.at, '.', whole.len);
		struct text bare = { whole.at, (size_t)(dot - whole.at) + 1 };

		REFUSED(whole, "token.invalid");
		REFUSED(bare, "token.invalid");
		bare.len--;
		REFUSED(bare, "token.invalid");
	}
	jwt_t *jwt = NULL;
	struct text h = text_base64url(bench.rq.mem, TEXT("{\"alg\":\"none\"}")), c = text_base64url(bench.rq.mem, TEXT(CLAIMS));
	cr_assert_eq(jwt_decode(&jwt, arena_printf(bench.rq.mem, "%.*s.%.*s.", TEXT_ARG(h), TEXT_ARG(c)), NULL, 0), 0,
	    "the trap is still there");
	jwt_free(jwt);
}

Test(trap, hs256_with_the_public_pem_as_secret_passes_libjwt_and_never_us)
{
	const char *pem = forge_public_pem(bench.rq.mem, bench.key);
	struct text token = forge_hs256(bench.rq.mem, pem, "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", CLAIMS);
	struct text lying = forge_hs256(bench.rq.mem, pem, HEADER, CLAIMS);
	jwt_t      *jwt = NULL;

	REFUSED(token, "token.invalid");
	REFUSED(lying, "token.invalid");
	cr_assert_eq(jwt_decode(&jwt, token.at, (const unsigned char *)pem, (int)strlen(pem)), 0,
	    "the trap is still there");
	jwt_free(jwt);
}

Test(trap, rs256_and_the_larger_es_are_refused_by_name)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	jwt_t    *jwt = NULL;

	cr_assert_eq(jwt_new(&jwt), 0);
	const char *pem = forge_private_pem(bench.rq.mem, rsa);
	cr_assert_eq(jwt_set_alg(jwt, JWT_ALG_RS256, (const unsigned char *)pem, (int)strlen(pem)), 0);
	cr_assert_eq(jwt_add_header(jwt, "kid", "k1"), 0);
	cr_assert_eq(jwt_add_grants_json(jwt, CLAIMS), 0);
	char *token = jwt_encode_str(jwt);
	REFUSED(text_of(token), "token.invalid");
	free(token);
	jwt_free(jwt);
	EVP_PKEY_free(rsa);
	REFUSED(forged("{\"alg\":\"ES384\",\"kid\":\"k1\",\"typ\":\"JWT\"}", CLAIMS), "token.invalid");
	REFUSED(forged("{\"alg\":\"es256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", CLAIMS), "token.invalid");
}

Test(trap, libjwt_never_looks_at_exp_and_we_do_to_the_microsecond)
{
	struct access_token out = { 0 };
	struct text         token = signed_by(bench.signer, &staff);

	bench.rq.now_us = staff.expires_us - 1;
	cr_assert_str_eq(verdict(token, &out), "fine");
	bench.rq.now_us = staff.expires_us;
	out = (struct access_token){ 0 };
	cr_assert_str_eq(verdict(token, &out), "token.expired", "a cached one dies in time, too");
	cr_assert(uuid_eq(out.jti, staff.jti), "the blacklist wants to know which");
	cr_assert_eq(out.expires_us, staff.expires_us);
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"iat\":1800000000}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"iat\":1800000000,\"exp\":\"1800000600\"}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"iat\":1800000000,\"exp\":1e300}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"iat\":1800000000,\"exp\":9223372036854775807}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"iat\":1800000000,\"exp\":-1}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"iat\":1800000000,\"exp\":1800000000}"), "token.invalid");
}

Test(trap, libjwt_parses_claims_before_it_verifies_so_deep_ones_never_reach_it)
{
	char deep[1200];

	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	REFUSED(forge_token(bench.rq.mem, bench.other, HEADER, deep), "token.invalid");
	REFUSED(forge_token(bench.rq.mem, bench.other, HEADER, arena_printf(bench.rq.mem, "{\"a\":%s", deep)), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE NAMES TIMES ",\"x\":{\"y\":1}}"), "token.invalid");
}
