/* Signing keys and key sets: what is taken and what is not. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "tests/unit/token/bench.h"
#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct err *
opened(const char *spec)
{
	struct jwt_signer *s = NULL;
	const struct err  *e = jwt_signer_open(&bench.rq, &s, spec, ISSUER, AUDIENCE);

	cr_assert_eq(s == NULL, e != NULL);
	jwt_signer_close(&s);
	return e;
}

static const char *
encrypted_pem(EVP_PKEY *k)
{
	BIO        *to = BIO_new(BIO_s_mem());
	char       *at = NULL;
	static const unsigned char phrase[] = "x";

	cr_assert_eq(PEM_write_bio_PrivateKey(to, k, EVP_aes_128_cbc(), phrase, 1, NULL, NULL), 1);
	long        len = BIO_get_mem_data(to, &at);
	const char *copy = arena_copy(bench.rq.mem, (struct text){ at, (size_t)len }).at;
	BIO_free(to);
	return copy;
}

Test(signer, takes_p256_keys_only_each_under_its_own_name, .init = bench_open, .fini = bench_close)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *p384 = EVP_EC_gen("P-384");
	EVP_PKEY *as_long = EVP_EC_gen("secp256k1");

	cr_assert_null(opened(spec_of("k1", bench.key)));
	cr_assert_not_null(opened(spec_of("k1", rsa)));
	cr_assert_not_null(opened(spec_of("k1", p384)));
	cr_assert_not_null(opened(spec_of("k1", as_long)), "another curve of the same length");
	cr_assert_not_null(opened(spec_of("k.1", bench.key)));
	cr_assert_not_null(opened(arena_printf(bench.rq.mem, "%s,%s", spec_of("k1", bench.key), spec_of("k1", bench.other))));
	cr_assert_not_null(opened(arena_printf(bench.rq.mem, "k1:%s", forge_public_pem(bench.rq.mem, bench.key))));
	cr_assert_not_null(opened(arena_printf(bench.rq.mem, "k1:%s", encrypted_pem(bench.key))), "and asks no terminal");
	cr_assert_not_null(opened(""));
	cr_assert_not_null(opened(NULL));
	cr_assert_not_null(opened("k1"));
	cr_assert_not_null(opened("k1:"));
	cr_assert_not_null(opened("k1:/nowhere/at/all"));
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(as_long);
}

Test(signer, reads_its_keys_from_files, .init = bench_open, .fini = bench_close)
{
	char path[] = "/tmp/signing_key_XXXXXX";
	int  fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_geq(dprintf(fd, "%s", forge_private_pem(bench.rq.mem, bench.key)), 1);
	close(fd);
	cr_assert_null(opened(arena_printf(bench.rq.mem, "k1:%s", path)));
	cr_assert_eq(truncate(path, 20), 0);
	cr_assert_not_null(opened(arena_printf(bench.rq.mem, "k1:%s", path)));
	unlink(path);
}

Test(signer, knows_the_key_that_another_signs_with, .init = bench_open, .fini = bench_close)
{
	struct jwt_signer *both, *same_name;

	cr_assert_null(jwt_signer_open(&bench.rq, &both, arena_printf(bench.rq.mem, "%s,%s", spec_of("k2", bench.other),
	    spec_of("k1", bench.key)), ISSUER, AUDIENCE));
	cr_assert_null(jwt_signer_open(&bench.rq, &same_name, spec_of("k1", bench.other), ISSUER, AUDIENCE));
	cr_assert(jwt_signer_knows(both, bench.signer) && jwt_signer_knows(bench.signer, bench.signer));
	cr_assert_not(jwt_signer_knows(bench.signer, both), "another name signs there");
	cr_assert_not(jwt_signer_knows(same_name, bench.signer), "another key under that name");
	jwt_signer_close(&both);
	jwt_signer_close(&same_name);
}

Test(jwks, shows_no_private_part, .init = bench_open, .fini = bench_close)
{
	struct text doc = jwt_signer_jwks(bench.rq.mem, bench.signer);

	cr_assert_null(memmem(doc.at, doc.len, "\"d\"", 3));
	cr_assert_not_null(memmem(doc.at, doc.len, "\"kid\":\"k1\"", 10));
	cr_assert_not_null(memmem(doc.at, doc.len, "\"alg\":\"ES256\"", 13));
}

/* A document that cannot be used changes nothing. */
static void
not_loaded(const char *doc)
{
	struct access_token out;
	const struct err   *e = jwt_keys_load(&bench.rq, bench.keys, text_of(doc));

	cr_assert_not_null(e, "took %s", doc);
	cr_assert_eq(e->code, E_UPSTREAM);
	cr_assert_str_eq(e->slug, "jwks.malformed");
	cr_assert_str_eq(verdict(signed_by(bench.signer, &staff), &out), "fine");
}

#define X "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
#define Y "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
#define OURS "\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"sig\",\"alg\":\"ES256\""

Test(jwks, a_bad_document_leaves_the_keys_in_use, .init = bench_open, .fini = bench_close)
{
	struct text doc = jwt_signer_jwks(bench.rq.mem, bench.signer);
	struct text one = { doc.at + 9, doc.len - 11 };

	not_loaded("");
	not_loaded("x");
	not_loaded("{}");
	not_loaded("[]");
	not_loaded("{\"keys\":{}}");
	not_loaded("{\"keys\":[]}");
	not_loaded("{\"keys\":[{\"kty\":\"RSA\"}]}");
	not_loaded("{\"keys\":[1,null,[]]}");
	not_loaded("{\"keys\":[{" OURS ",\"kid\":\"z\"," X "," Y "}]}");
	not_loaded("{\"keys\":[{" OURS ",\"kid\":\"z\"," X "}]}");
	not_loaded("{\"keys\":[{" OURS "," X "," Y "}]}");
	not_loaded(arena_printf(bench.rq.mem, "{\"keys\":[%.*s,%.*s]}", TEXT_ARG(one), TEXT_ARG(one)));
}

Test(jwks, keys_for_other_purposes_are_passed_over, .init = bench_open, .fini = bench_close)
{
	struct text         doc = jwt_signer_jwks(bench.rq.mem, bench.signer);
	struct text         one = { doc.at + 9, doc.len - 11 };
	struct access_token out;

	cr_assert_null(jwt_keys_load(&bench.rq, bench.keys, text_of(arena_printf(bench.rq.mem,
	    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\"},{\"kty\":\"EC\",\"crv\":\"P-384\"},%.*s]}", TEXT_ARG(one)))));
	cr_assert_str_eq(verdict(signed_by(bench.signer, &staff), &out), "fine");
	cr_assert_not(jwt_keys_has(bench.keys, TEXT("r")));
}
