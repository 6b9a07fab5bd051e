/* Access tokens at the door: the tricks of RFC 8725, and keys that change while people work. */
#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/arena.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "tests/kit/forge.h"
#include "tests/scenario/customer/customer.h"

#define GOOD "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\"}"

/* What the forger has: memory, auth's own key for the tokens that must differ in one thing only, and one of his own. */
static struct { struct arena *mem; EVP_PKEY *key, *other; const char *pem; } forger;

static EVP_PKEY *
read_key(const char *path)
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *key;

	cr_assert_not_null(file, "%s", path);
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	cr_assert_not_null(key);
	fclose(file);
	return key;
}

static void
forger_open(struct suite *s)
{
	forger.mem = arena_open(1 << 22);
	forger.key = read_key(kit_print("%s/secrets/jwt_key.pem", suite_dir(s)));
	forger.other = EVP_EC_gen("P-256");
	forger.pem = forge_public_pem(forger.mem, forger.key);
}

static void
forger_close(void)
{
	EVP_PKEY_free(forger.key);
	EVP_PKEY_free(forger.other);
	arena_close(&forger.mem);
}

/* A claim of a token that auth has made. */
static const char *
claim(const char *token, const char *name)
{
	struct text rest = text_of(token), payload, json;

	(void)text_cut(&rest, '.');
	payload = text_cut(&rest, '.');
	cr_assert(text_from_base64url(forger.mem, payload, &json));
	return kit_json_text(kit_print("%.*s", TEXT_ARG(json)), name);
}

/* The claims of the buyer's session; iss to typ may be other ones (whole members, "" leaves one out), times are
 * seconds from now. */
struct claims { const char *iss, *aud, *typ, *more; int iat, exp; };
#define ISS "\"iss\":\"https://dure.example\","
#define AUD "\"aud\":\"dure\","
#define TYP "\"typ\":\"staff\","
static const struct claims fine = { ISS, AUD, TYP, "", -10, 600 };

static const char *
claims_of(const struct play *p, const struct claims *c)
{
	long long now = clock_now_us() / 1000000;
	char jti[UUID_CHARS + 1];

	uuid_print(uuid_new(), jti);
	return kit_print("{%s%s%s%s\"sub\":\"%s\",\"sid\":\"%s\",\"jti\":\"%s\",\"iat\":%lld,\"exp\":%lld}", c->iss, c->aud,
	    c->typ, c->more, claim(p->buyer.access, "sub"), claim(p->buyer.access, "sid"), jti, now + c->iat, now + c->exp);
}

static struct kit_reply
present(struct play *p, struct text token)
{
	return kit_http(p->suite, "GET", "/api/points", NULL, kit_print("Authorization: Bearer %.*s", TEXT_ARG(token)));
}

static struct text
with_claims(struct play *p, struct claims c)
{
	return forge_token(forger.mem, forger.key, GOOD, claims_of(p, &c));
}

static const struct { const char *what; struct claims claims; const char *slug; } wrong_claims[] = {
	{ "another issuer", { "\"iss\":\"https://else.example\",", AUD, TYP, "", -10, 600 }, "token.invalid" },
	{ "no issuer", { "", AUD, TYP, "", -10, 600 }, "token.invalid" },
	{ "another audience", { ISS, "\"aud\":\"else\",", TYP, "", -10, 600 }, "token.invalid" },
	{ "a list of audiences", { ISS, "\"aud\":[\"dure\"],", TYP, "", -10, 600 }, "token.invalid" },
	{ "no audience", { ISS, "", TYP, "", -10, 600 }, "token.invalid" },
	{ "a customer's token", { ISS, AUD, "\"typ\":\"customer\",", "", -10, 600 }, "token.invalid" },
	{ "an operator's token", { ISS, AUD, "\"typ\":\"operator\",", "", -10, 600 }, "token.invalid" },
	{ "a refresh token", { ISS, AUD, "\"typ\":\"refresh\",", "", -10, 600 }, "token.invalid" },
	{ "no type", { ISS, AUD, "", "", -10, 600 }, "token.invalid" },
	{ "not valid before an hour from now", { ISS, AUD, TYP, "\"nbf\":4102444800,", -10, 600 }, "token.invalid" },
	{ "made in an hour", { ISS, AUD, TYP, "", 3600, 7200 }, "token.invalid" },
	{ "run out", { ISS, AUD, TYP, "", -600, -1 }, "token.expired" },
	{ "run out before it was made", { ISS, AUD, TYP, "", -10, -20 }, "token.invalid" },
};

static const struct { const char *header, *slug; } wrong_headers[] = {
	{ "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", "token.invalid" },
	{ "{\"alg\":\"ES256\",\"kid\":\"\",\"typ\":\"JWT\"}", "token.invalid" },
	{ "{\"alg\":\"ES256\",\"kid\":\"k9\",\"typ\":\"JWT\"}", "token.unknown_key" },
	{ "{\"alg\":\"ES256\",\"kid\":\"../k1\",\"typ\":\"JWT\"}", "token.invalid" },
	{ "{\"alg\":\"ES256\",\"kid\":\"k1\"}", "token.invalid" },
	{ "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"rt+jwt\"}", "token.invalid" },
	{ "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"crit\":[\"exp\"]}", "token.invalid" },
	{ "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"jku\":\"https://else.example/keys\"}", "token.invalid" },
	{ "{\"alg\":\"ES384\",\"kid\":\"k1\",\"typ\":\"JWT\"}", "token.invalid" },
	{ "{\"kid\":\"k1\",\"typ\":\"JWT\"}", "token.invalid" },
};

static void
check_algorithms(struct play *p)
{
	const char *claims = claims_of(p, &fine), *none = "{\"alg\":\"none\",\"kid\":\"k1\",\"typ\":\"JWT\"}";
	struct text whole = forge_token(forger.mem, forger.key, none, claims), bare = whole;

	bare.len = (size_t)((const char *)memrchr(bare.at, '.', bare.len) - bare.at) + 1;
	want_problem(401, "token.invalid", present(p, whole));
	want_problem(401, "token.invalid", present(p, bare));
	want_problem(401, "token.invalid", present(p, forge_hs256(forger.mem, forger.pem,
	    "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", claims)));
	want_problem(401, "token.invalid", present(p, forge_hs256(forger.mem, forger.pem, GOOD, claims)));
	want_problem(401, "token.invalid", present(p, forge_token(forger.mem, forger.other, GOOD, claims)));
}

Test(tokens, none_of_the_known_tricks_opens_the_door, .timeout = 60)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);

	play_until(p, "log in");
	forger_open(s);
	want(200, present(p, with_claims(p, fine)));      /* what follows differs from this in one thing each */
	check_algorithms(p);
	for (size_t i = 0; i < COUNT_OF(wrong_claims); i++) {
		struct kit_reply r = present(p, with_claims(p, wrong_claims[i].claims));

		cr_expect(r.status == 401 && strcmp(r.slug, wrong_claims[i].slug) == 0, "%s: %d %s", wrong_claims[i].what,
		    r.status, r.slug);
	}
	for (size_t i = 0; i < COUNT_OF(wrong_headers); i++) {
		struct kit_reply r = present(p, forge_token(forger.mem, forger.key, wrong_headers[i].header, claims_of(p, &fine)));

		cr_expect(r.status == 401 && strcmp(r.slug, wrong_headers[i].slug) == 0, "%s: %d %s", wrong_headers[i].header,
		    r.status, r.slug);
	}
	want(200, present(p, with_claims(p, fine)));
	forger_close();
	play_close(&p);
	suite_close(&s);
}

/* ---- keys that change */

static struct { struct play *p; const char *token; bool stop; int asked, refused; } load;      /* all atomic but p */

static void *
go_on(void *arg)
{
	while (!__atomic_load_n(&load.stop, __ATOMIC_SEQ_CST)) {
		struct kit_reply r = kit_http(load.p->suite, "GET", "/api/points", NULL,
		    kit_print("Authorization: Bearer %s", __atomic_load_n(&load.token, __ATOMIC_SEQ_CST)));

		(void)__atomic_add_fetch(&load.asked, 1, __ATOMIC_SEQ_CST);
		(void)__atomic_add_fetch(&load.refused, r.status != 200, __ATOMIC_SEQ_CST);
	}
	return arg;
}

static const char *
new_key(struct suite *s)
{
	const char *path = kit_print("%s/secrets/jwt_key_2.pem", suite_dir(s));
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	fputs(forge_private_pem(forger.mem, forger.other), file);
	fclose(file);
	return path;
}

/* Auth goes on running; it shows the new key before it signs with it, when it is asked for keys or tokens. */
static void
rotate(struct play *p)
{
	const char *list = kit_print("%s/secrets/jwt_keys", suite_dir(p->suite)), *next = kit_print("%s.new", list);
	FILE *file = fopen(next, "w");

	cr_assert_not_null(file);
	fprintf(file, "k2:%s,k1:%s/secrets/jwt_key.pem\n", new_key(p->suite), suite_dir(p->suite));
	fclose(file);
	cr_assert_eq(rename(next, list), 0);
	kit_until(10000, kit_http(p->suite, "GET", "/.well-known/jwks.json", NULL).status == 200 &&
	    suite_log_contains(p->suite, "auth", "signing.key_used"));
	log_in(p, &p->buyer);
	__atomic_store_n(&load.token, p->buyer.access, __ATOMIC_SEQ_CST);
}

static int64_t
key_reads(struct suite *s)
{
	struct kit_reply r = kit_http(s, "GET", kit_print("http://127.0.0.1:%d/metrics", suite_port(s, "gateway", "manage")), NULL);
	const char *line = strstr(r.body, "dure_caller_key_reads_total{outcome=\"read\"} ");

	cr_assert_not_null(line, "%s", r.body);
	return strtoll(strrchr(kit_print("%.*s", (int)strcspn(line, "\n"), line), ' '), NULL, 10);
}

static void
check_flood(struct play *p)
{
	int64_t before = key_reads(p->suite), began_us = clock_mono_us();

	for (int i = 0; i < 300; i++) {
		const char *header = kit_print("{\"alg\":\"ES256\",\"kid\":\"u%d\",\"typ\":\"JWT\"}", i);

		want_problem(401, "token.unknown_key",
		    present(p, forge_token(forger.mem, forger.other, header, claims_of(p, &fine))));
	}
	cr_assert_leq(key_reads(p->suite) - before, 1 + (clock_mono_us() - began_us) / 1000000);
}

Test(tokens, a_rotation_under_load_refuses_nobody_and_a_flood_of_kids_costs_one_reading_a_second, .timeout = 60)
{
	enum { THREADS = 4 };
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);
	pthread_t threads[THREADS];
	int asked;

	play_until(p, "log in");
	forger_open(s);
	load.p = p;
	load.token = p->buyer.access;
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, go_on, NULL), 0);
	kit_until(10000, __atomic_load_n(&load.asked, __ATOMIC_SEQ_CST) > 100);
	rotate(p);
	asked = __atomic_load_n(&load.asked, __ATOMIC_SEQ_CST);
	kit_until(10000, __atomic_load_n(&load.asked, __ATOMIC_SEQ_CST) > asked + 100);
	check_flood(p);
	__atomic_store_n(&load.stop, true, __ATOMIC_SEQ_CST);
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
	cr_assert_eq(load.refused, 0, "%d of %d", load.refused, load.asked);
	forger_close();
	play_close(&p);
	suite_close(&s);
}
