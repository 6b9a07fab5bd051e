/* Access tokens: made, verified, told apart, cached, rotated. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "tests/unit/token/bench.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(jwt, .init = bench_open, .fini = bench_close);

Test(jwt, what_was_signed_is_what_is_verified)
{
	struct access_token out;

	cr_assert_str_eq(verdict(signed_by(bench.signer, &staff), &out), "fine");
	cr_assert_eq(out.who, WHO_STAFF);
	cr_assert(uuid_eq(out.user, staff.user) && uuid_eq(out.session, staff.session));
	cr_assert(uuid_eq(out.jti, staff.jti) && uuid_eq(out.company, staff.company));
	cr_assert_eq(out.issued_us, staff.issued_us);
	cr_assert_eq(out.expires_us, staff.expires_us);
	cr_assert_str_eq(out.kid, "k1");
}

Test(jwt, every_token_type_keeps_its_own_and_no_company_is_no_claim)
{
	static const enum who types[] = { WHO_STAFF, WHO_CUSTOMER, WHO_PARTNER, WHO_OPERATOR };

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct access_token t = staff, out;
		struct text         claims;

		t.who = types[i];
		t.company = (struct uuid){ { 0 } };
		struct text token = signed_by(bench.signer, &t), rest = token;
		(void)text_cut(&rest, '.');
		cr_assert(text_from_base64url(bench.rq.mem, text_cut(&rest, '.'), &claims));
		cr_assert_null(memmem(claims.at, claims.len, "cid", 3));
		cr_assert_str_eq(verdict(token, &out), "fine");
		cr_assert_eq(out.who, types[i]);
		cr_assert(uuid_is_nil(out.company));
	}
}

Test(jwt, a_token_made_by_another_hand_with_our_key_holds)
{
	struct access_token out;

	cr_assert_str_eq(verdict(forged(HEADER, CLAIMS), &out), "fine");
	cr_assert_str_eq(verdict(forged("{\"typ\":\"JWT\",\"kid\":\"k1\",\"alg\":\"ES256\"}", CLAIMS), &out), "fine");
}

Test(jwt, a_token_is_known_from_the_moment_it_was_verified_until_it_ends)
{
	struct text         token = signed_by(bench.signer, &staff), bad = forge_token(bench.rq.mem, bench.other, HEADER, CLAIMS);
	struct access_token out = { 0 };

	cr_assert_not(jwt_known(&bench.rq, bench.keys, token, &out));
	cr_assert_str_eq(verdict(token, &out), "fine");
	out = (struct access_token){ 0 };
	cr_assert(jwt_known(&bench.rq, bench.keys, token, &out) && uuid_eq(out.jti, staff.jti));
	REFUSED(bad, "token.invalid");
	cr_assert_not(jwt_known(&bench.rq, bench.keys, bad, &out));
	bench.rq.now_us = staff.expires_us;
	cr_assert_not(jwt_known(&bench.rq, bench.keys, token, &out));
}

Test(jwt, an_expired_one_that_is_wrong_otherwise_is_not_called_expired)
{
	struct access_token out = { 0 };

	bench.rq.now_us = staff.expires_us + 1;
	REFUSED(forge_token(bench.rq.mem, bench.other, HEADER, CLAIMS), "token.invalid");
	REFUSED(forged(HEADER, "{\"iss\":\"x\",\"aud\":\"" AUDIENCE "\"," NAMES TIMES "}"), "token.invalid");
	(void)verdict(forge_token(bench.rq.mem, bench.other, HEADER, CLAIMS), &out);
	cr_assert(uuid_is_nil(out.jti), "nothing is told of a token that was not verified");
}

Test(jwt, the_wrong_key_under_a_known_name_does_not_hold)
{
	REFUSED(forge_token(bench.rq.mem, bench.other, HEADER, CLAIMS), "token.invalid");
}

Test(jwt, an_unknown_kid_is_told_apart_and_a_missing_or_odd_one_is_not)
{
	REFUSED(forged("{\"alg\":\"ES256\",\"kid\":\"k9\",\"typ\":\"JWT\"}", CLAIMS), "token.unknown_key");
	REFUSED(forged("{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"JWT\"}", CLAIMS), "token.unknown_key");
	REFUSED(forged("{\"alg\":\"ES256\",\"typ\":\"JWT\"}", CLAIMS), "token.invalid");
	REFUSED(forged("{\"alg\":\"ES256\",\"kid\":\"\",\"typ\":\"JWT\"}", CLAIMS), "token.invalid");
	REFUSED(forged("{\"alg\":\"ES256\",\"kid\":\"../k1\",\"typ\":\"JWT\"}", CLAIMS), "token.invalid");
	REFUSED(forged("{\"alg\":\"ES256\",\"kid\":1,\"typ\":\"JWT\"}", CLAIMS), "token.invalid");
	cr_assert(jwt_keys_has(bench.keys, TEXT("k1")));
	cr_assert_not(jwt_keys_has(bench.keys, TEXT("k9")));
}

Test(jwt, a_header_with_anything_else_in_it_is_refused)
{
	REFUSED(forged("{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", CLAIMS), "token.invalid");
	REFUSED(forged("{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"crit\":\"x\"}", CLAIMS), "token.invalid");
	REFUSED(forged("{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"jku\":\"x\"}", CLAIMS), "token.invalid");
	REFUSED(forged("{\"alg\":\"ES256\",\"kid\":\"k1\"}", CLAIMS), "token.invalid");
	REFUSED(forged("{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}", CLAIMS), "token.invalid");
	REFUSED(forged("{\"\\u0061lg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", CLAIMS), "token.invalid");
	REFUSED(forged(HEADER "x", CLAIMS), "token.invalid");
	REFUSED(forged("{", CLAIMS), "token.invalid");
	REFUSED(forged("null", CLAIMS), "token.invalid");
}

Test(jwt, wrong_issuer_audience_type_or_names_do_not_hold)
{
	REFUSED(forged(HEADER, "{\"iss\":\"" ISSUER "/\",\"aud\":\"" AUDIENCE "\"," NAMES TIMES "}"), "token.invalid");
	REFUSED(forged(HEADER, "{\"aud\":\"" AUDIENCE "\"," NAMES TIMES "}"), "token.invalid");
	REFUSED(forged(HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":\"other\"," NAMES TIMES "}"), "token.invalid");
	REFUSED(forged(HEADER, "{\"iss\":\"" ISSUER "\"," NAMES TIMES "}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE "\"sub\":\"" U1 "\",\"sid\":\"" U1 "\",\"jti\":\"" U1 "\",\"typ\":\"service\"," TIMES "}"),
	    "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE "\"sub\":\"" U1 "\",\"sid\":\"" U1 "\",\"jti\":\"" U1 "\"," TIMES "}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE "\"sub\":\"x\",\"sid\":\"" U1 "\",\"jti\":\"" U1 "\",\"typ\":\"staff\"," TIMES "}"),
	    "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE "\"sid\":\"" U1 "\",\"jti\":\"" U1 "\",\"typ\":\"staff\"," TIMES "}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"cid\":\"x\"," TIMES "}"), "token.invalid");
}

Test(jwt, nbf_and_iat_have_a_minute_of_leeway_and_no_more)
{
	struct access_token out;

	cr_assert_str_eq(verdict(forged(HEADER, "{" WHERE NAMES "\"nbf\":1800000060," TIMES "}"), &out), "fine");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"nbf\":1800000061," TIMES "}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"nbf\":\"soon\"," TIMES "}"), "token.invalid");
	cr_assert_str_eq(verdict(forged(HEADER, "{" WHERE NAMES "\"iat\":1800000060,\"exp\":1800000600}"), &out), "fine");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"iat\":1800000061,\"exp\":1800000600}"), "token.invalid");
	REFUSED(forged(HEADER, "{" WHERE NAMES "\"exp\":1800000600}"), "token.invalid");
}

Test(jwt, cut_short_bent_or_huge_is_refused)
{
	struct text token = signed_by(bench.signer, &staff);
	char       *huge = arena_zero(bench.rq.mem, 100000, 1);

	for (size_t n = 0; n < token.len; n++)
		REFUSED(((struct text){ token.at, n }), "token.invalid");
	memset(huge, 'a', 100000);
	memcpy(huge, token.at, token.len);
	REFUSED(((struct text){ huge, 100000 }), "token.invalid");
	REFUSED(((struct text){ huge, JWT_MAX_BYTES }), "token.invalid");
	huge[token.len] = '.';
	REFUSED(((struct text){ huge, token.len + 1 }), "token.invalid");
	huge[token.len] = '\0';
	REFUSED(((struct text){ huge, token.len + 1 }), "token.invalid");
	REFUSED(TEXT("..."), "token.invalid");
	REFUSED(TEXT(""), "token.invalid");
}

Test(jwt, no_letter_of_a_token_may_change)
{
	struct text token = signed_by(bench.signer, &staff);

	for (size_t i = 0; i < token.len; i += 3) {
		char *bent = arena_zero(bench.rq.mem, token.len + 1, 1);

		memcpy(bent, token.at, token.len);
		bent[i] = bent[i] == 'A' ? 'B' : 'A';
		struct access_token out;
		cr_assert_str_neq(verdict((struct text){ bent, token.len }, &out), "fine", "letter %zu", i);
	}
}

Test(jwt, a_token_is_verified_once_and_then_known)
{
	struct text         token = signed_by(bench.signer, &staff);
	struct access_token first, second;
	uint64_t            hits, misses;

	cr_assert_str_eq(verdict(token, &first), "fine");
	cr_assert_str_eq(verdict(token, &second), "fine");
	cr_assert_arr_eq(&first, &second, sizeof(first));
	jwt_keys_stats(bench.keys, &hits, &misses);
	cr_assert_eq(hits, 1);
	cr_assert_eq(misses, 1);
	REFUSED(forge_token(bench.rq.mem, bench.other, HEADER, CLAIMS), "token.invalid");
	REFUSED(forge_token(bench.rq.mem, bench.other, HEADER, CLAIMS), "token.invalid");
	jwt_keys_stats(bench.keys, &hits, &misses);
	cr_assert_eq(hits, 1, "what did not hold is never kept");
}

Test(jwt, rotation_signs_with_the_newest_and_knows_both)
{
	struct jwt_signer  *rotated;
	struct access_token out;
	struct text         old = signed_by(bench.signer, &staff);
	const char         *spec = arena_printf(bench.rq.mem, "%s,%s", spec_of("k2", bench.other), spec_of("k1", bench.key));

	cr_assert_null(jwt_signer_open(&bench.rq, &rotated, spec, ISSUER, AUDIENCE));
	REFUSED(signed_by(rotated, &staff), "token.unknown_key");
	cr_assert_null(jwt_keys_load(&bench.rq, bench.keys, jwt_signer_jwks(bench.rq.mem, rotated)));
	cr_assert_str_eq(verdict(signed_by(rotated, &staff), &out), "fine");
	cr_assert_str_eq(out.kid, "k2");
	cr_assert_str_eq(verdict(old, &out), "fine");
	cr_assert_str_eq(out.kid, "k1");
	jwt_signer_close(&rotated);
}

Test(jwt, a_key_that_was_withdrawn_takes_its_cached_tokens_with_it)
{
	struct jwt_signer  *next;
	struct access_token out;
	struct text         old = signed_by(bench.signer, &staff);

	cr_assert_str_eq(verdict(old, &out), "fine");
	cr_assert_null(jwt_signer_open(&bench.rq, &next, spec_of("k2", bench.other), ISSUER, AUDIENCE));
	cr_assert_null(jwt_keys_load(&bench.rq, bench.keys, jwt_signer_jwks(bench.rq.mem, next)));
	REFUSED(old, "token.unknown_key");
	jwt_signer_close(&next);
}
