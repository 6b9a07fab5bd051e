/* Signing keys change while auth runs. */
#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/text.h"
#include "common/token/jwt.h"
#include "services/auth/session/signing.h"
#include "tests/integration/auth/world.h"
#include "tests/kit/forge.h"

static const char *dir;

static void
put_file(const char *name, const char *text)
{
	const char *next = kit_print("%s/%s.new", dir, name);
	FILE *f = fopen(next, "w");

	cr_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
	cr_assert_eq(rename(next, kit_print("%s/%s", dir, name)), 0);
}

static void
put_key(const char *name)
{
	struct arena *mem = arena_open(1 << 20);
	EVP_PKEY *key = EVP_EC_gen("P-256");

	put_file(name, forge_private_pem(mem, key));
	EVP_PKEY_free(key);
	arena_close(&mem);
}

static const char *
path(const char *name)
{
	return kit_print("%s/%s", dir, name);
}

/* A folder of its own with two keys; the list names the first. */
static void
keys_open(void)
{
	char made[] = "/tmp/dure-signing-XXXXXX";

	dir = kit_print("%s", mkdtemp(made));
	put_key("one.pem");
	put_key("two.pem");
	put_file("list", kit_print("k1:%s\n", path("one.pem")));
	setenv("DURE_JWT_KEYS_FILE", path("list"), 1);
	world_open_with("DURE_JWT_KEYS_REREAD_S", "1");
}

static void
keys_close(void)
{
	static const char *const names[] = { "one.pem", "two.pem", "list", "other" };

	world_close();
	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)remove(path(names[i]));
	(void)remove(dir);
}

TestSuite(signing, .init = keys_open, .fini = keys_close, .timeout = 120);

static const char *
kid_of(const char *token)
{
	struct arena *mem = arena_open(1 << 16);
	struct text rest = text_of(token), json;
	const char *kid;

	cr_assert(text_from_base64url(mem, text_cut(&rest, '.'), &json));
	kid = kit_json_text(kit_print("%.*s", TEXT_ARG(json)), "kid");
	arena_close(&mem);
	return kid;
}

static const char *
key_set(void)
{
	return kit_call(k, "GET /.well-known/jwks.json", NULL).body;
}

struct verifying { const char *set, *token; struct access_token read; };

static const struct err *
verify(struct req *rq, void *arg)
{
	struct verifying *v = arg;
	struct jwt_keys *keys = jwt_keys_open(world_auth()->config->jwt_issuer, world_auth()->config->jwt_audience);
	const struct err *e = jwt_keys_load(rq, keys, text_of(v->set));

	if (e == NULL)
		e = jwt_verify(rq, keys, text_of(v->token), &v->read);
	jwt_keys_close(&keys);
	return e;
}

static const char *
verified(const char *set, const char *token)
{
	struct verifying v = { .set = set, .token = token };

	return kit_part(k, TX_NONE, verify, &v);
}

Test(signing, a_new_key_is_shown_and_only_then_signs)
{
	struct login before, after;

	(void)join(1);
	before = log_in(1);
	cr_assert_str_eq(kid_of(before.access), "k1");
	put_file("list", kit_print("k2:%s,k1:%s\n", path("two.pem"), path("one.pem")));
	kit_until(5000, kit_json_length(key_set(), "keys") == 2);
	kit_throughout(1000, strcmp(kid_of(log_in(1).access), "k1") == 0);
	kit_until(10000, (after = log_in(1), strcmp(kid_of(after.access), "k2") == 0));
	cr_assert_null(verified(key_set(), before.access));
	cr_assert_null(verified(key_set(), after.access));
	put_file("list", kit_print("k2:%s", path("two.pem")));
	kit_until(5000, kit_json_length(key_set(), "keys") == 1);
	cr_assert_str_eq(verified(key_set(), before.access), "token.unknown_key");
	cr_assert_null(verified(key_set(), after.access));
}

static const struct err *
open_and_close(struct req *rq, void *arg)
{
	struct signing *s = NULL;
	const struct err *e = signing_open(rq, &s, arg);

	signing_close(&s);
	return e;
}

static const char *
refused(const char *list)
{
	struct auth_config config = *world_auth()->config;

	put_file("other", list);
	config.jwt_keys_file = path("other");
	return kit_part(k, TX_NONE, open_and_close, &config);
}

Test(signing, a_list_that_is_not_good_leaves_the_keys_in_use)
{
	const char *const bad[] = { "", "k2", "k2:/nowhere.pem", kit_print("k1:%s,k1:%s", path("one.pem"), path("two.pem")),
		kit_print("k2:%s,,", path("two.pem")) };

	(void)join(1);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_str_eq(refused(bad[i]), "jwt.signing_keys", "%s", bad[i]);
	put_file("list", bad[3]);
	kit_throughout(1500, kit_json_length(key_set(), "keys") == 1);
	cr_assert_str_eq(kid_of(log_in(1).access), "k1");
}

Test(signing, the_list_stands_in_one_place)
{
	struct auth_config config = *world_auth()->config;

	config.jwt_keys = kit_print("k1:%s", path("one.pem"));
	cr_assert_str_eq(kit_part(k, TX_NONE, open_and_close, &config), "config.jwt_keys");
	config.jwt_keys_file = NULL;
	cr_assert_null(kit_part(k, TX_NONE, open_and_close, &config));
	config.jwt_keys = NULL;
	cr_assert_str_eq(kit_part(k, TX_NONE, open_and_close, &config), "config.jwt_keys");
	config.jwt_keys_file = "/nowhere";
	cr_assert_str_eq(kit_part(k, TX_NONE, open_and_close, &config), "jwt.signing_keys");
}

static struct kit_reply
log_in_or_list(const char *phone)
{
	for (int i = 0; i < 20; i++)
		kit_sure(kit_json_length(key_set(), "keys") >= 1);
	return login_as(phone, PASSWORD);
}

/* The key that signed is dropped: the next one signs at once. Who replaces the keys waits for those who sign with them. */
Test(signing, many_sign_while_the_keys_change)
{
	struct kit_reply replies[8];

	(void)join(1);
	for (int round = 0; round < 4; round++) {
		put_file("list", kit_print("k%d:%s", round, path(round % 2 == 0 ? "two.pem" : "one.pem")));
		at_once(8, replies, log_in_or_list, phone_number(1));
		cr_assert_eq(count_status(replies, 8, 200), 8);
		kit_until(5000, strcmp(kid_of(log_in(1).access), kit_print("k%d", round)) == 0);
	}
}
