/* Keys of programs outside: who makes them, what a publisher is told of them, how they rotate and end. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/arena.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/digest.h"
#include "tests/integration/auth/world.h"

TestSuite(event_key, .init = world_open, .fini = world_close, .timeout = 60);

static struct kit_reply
make(const char *json)
{
	kit_as_operator(k);
	return kit_call(k, "POST /api/event-keys", json);
}

struct key { const char *id, *secret; };

static struct key
key_of(struct kit_reply r)
{
	cr_assert_eq(r.status, 201, "%s", r.body);
	return (struct key){ kit_json_text(r.body, "keyId"), kit_json_text(r.body, "secret") };
}

static struct key
a_key(void)
{
	return key_of(make("{\"name\":\"ledger\",\"types\":[\"payment.settled\"]}"));
}

static struct kit_reply
rotate(struct key key, int overlap_s)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("POST /api/event-keys/%s/secrets", key.id), kit_print("{\"overlapSeconds\":%d}", overlap_s));
}

static struct kit_reply
revoke(struct key key)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("DELETE /api/event-keys/%s", key.id), NULL);
}

/* What a publisher is told. */
static struct kit_reply
proof(struct key key)
{
	kit_as_service(k);
	return kit_call(k, kit_print("GET /internal/event-keys/%s", key.id), NULL);
}

static const char *
sha256(const char *secret)
{
	struct arena *mem = arena_open(4096);
	uint8_t hash[SHA256_BYTES];
	const char *shown;

	digest_sha256(text_of(secret), hash);
	shown = kit_print("%s", text_base64url(mem, (struct text){ (char *)hash, sizeof(hash) }).at);
	arena_close(&mem);
	return shown;
}

Test(event_key, the_secret_is_shown_once_and_kept_as_its_digest)
{
	struct key key = a_key();
	struct kit_reply told = proof(key);

	cr_assert_eq(strlen(key.secret), 43);
	cr_assert_not(database_holds(key.secret));
	cr_assert_eq(told.status, 200);
	cr_assert_str_eq(kit_json_text(told.body, "secrets.0.sha256"), sha256(key.secret));
	cr_assert_eq(kit_json_length(told.body, "secrets"), 1);
	cr_assert_str_eq(kit_json_text(told.body, "types.0"), "payment.settled");
	cr_assert_null(kit_json_text(told.body, "companyId"));
	kit_as_operator(k);
	cr_assert_null(strstr(kit_call(k, "GET /api/event-keys", NULL).body, key.secret));
}

Test(event_key, is_made_listed_rotated_and_revoked_by_operators_alone)
{
	struct person p = join(1);
	struct key key = a_key();
	const char *calls[] = { "POST /api/event-keys", "GET /api/event-keys", kit_print("DELETE /api/event-keys/%s", key.id),
		kit_print("POST /api/event-keys/%s/secrets", key.id), kit_print("GET /internal/event-keys/%s", key.id) };

	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		kit_as_nobody(k);
		cr_assert_eq(kit_call(k, calls[i], NULL).status, 401, "%s", calls[i]);
		kit_as_user(k, p.user, p.company, UINT64_MAX);
		cr_assert_eq(kit_call(k, calls[i], NULL).status, 403, "%s", calls[i]);
	}
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, calls[4], NULL).status, 403);
	cr_assert_eq(proof(key).status, 200);
}

Test(event_key, a_type_that_is_not_public_or_a_company_that_is_not_there_is_refused)
{
	struct kit_reply r = make("{\"name\":\"x\",\"types\":[\"payment.settled\",\"user.joined\",\"payment.setled\"]}");

	cr_assert_eq(r.status, 400);
	cr_assert_str_eq(kit_json_text(r.body, "errors.0.pointer"), "/types/1");
	cr_assert_str_eq(kit_json_text(r.body, "errors.1.pointer"), "/types/2");
	r = make("{\"name\":\"x\",\"types\":[],\"companyId\":\"01926f00-0000-7000-8000-000000000002\"}");
	cr_assert_str_eq(r.slug, "event_key.no_company");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM event_key"), "0");
}

Test(event_key, of_one_company_says_so_and_dies_with_it)
{
	struct person p = join(1);
	char company[UUID_CHARS + 1];
	struct key key;

	uuid_print(p.company, company);
	key = key_of(make(kit_print("{\"name\":\"x\",\"types\":[],\"companyId\":\"%s\"}", company)));
	cr_assert_str_eq(kit_json_text(proof(key).body, "companyId"), company);
	cr_assert_eq(kit_json_length(proof(key).body, "types"), 0);
	(void)kit_sql(k, "UPDATE company SET deleted_at = created_at");
	cr_assert_str_eq(proof(key).slug, "event_key.not_found");
}

Test(event_key, two_secrets_are_good_while_it_rotates_and_one_afterwards)
{
	struct key old = a_key(), new = key_of(rotate(old, 3600));
	struct kit_reply told = proof(old);

	cr_assert_str_neq(old.secret, new.secret);
	cr_assert_eq(kit_json_length(told.body, "secrets"), 2);
	cr_assert_str_eq(kit_json_text(told.body, "secrets.0.sha256"), sha256(new.secret));
	cr_assert_str_eq(kit_json_text(told.body, "secrets.1.sha256"), sha256(old.secret));
	cr_assert_not_null(kit_json_text(told.body, "secrets.1.until"));
	cr_assert_str_eq(rotate(old, 0).slug, "event_key.rotating");
	kit_clock(k, 3601);
	told = proof(old);
	cr_assert_eq(kit_json_length(told.body, "secrets"), 1);
	cr_assert_str_eq(kit_json_text(told.body, "secrets.0.sha256"), sha256(new.secret));
	(void)key_of(rotate(old, 0));
	cr_assert_eq(kit_json_length(proof(old).body, "secrets"), 1, "an overlap of 0 leaves one secret");
}

static struct kit_reply
rotate_once(const char *id)
{
	return rotate((struct key){ id, NULL }, 3600);
}

Test(event_key, of_many_rotations_at_once_one_is_made)
{
	struct key key = a_key();
	struct kit_reply replies[8];

	at_once(8, replies, rotate_once, key.id);
	cr_assert_eq(count_status(replies, 8, 201), 1);
	cr_assert_eq(count_status(replies, 8, 409), 7);
}

Test(event_key, that_is_revoked_opens_nothing_and_stays_in_the_list)
{
	struct key key = a_key();
	struct kit_reply r;

	(void)key_of(rotate(key, 3600));
	cr_assert_eq(revoke(key).status, 204);
	cr_assert_eq(proof(key).status, 404);
	const char *when = kit_sql(k, "SELECT revoked_at, revoked_by FROM event_key");
	kit_clock(k, 60);
	cr_assert_eq(revoke(key).status, 204);
	cr_assert_str_eq(kit_sql(k, "SELECT revoked_at, revoked_by FROM event_key"), when, "the first revocation stands");
	cr_assert_str_eq(rotate(key, 0).slug, "event_key.revoked");
	r = kit_call(k, "GET /api/event-keys", NULL);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.keyId"), key.id);
	cr_assert_not_null(kit_json_text(r.body, "items.0.revokedAt"));
	cr_assert_null(kit_json_text(r.body, "items.0.oldSecretUntil"));
	key.id = "01926f00-0000-7000-8000-000000000002";
	cr_assert_eq(revoke(key).status, 404);
	cr_assert_eq(rotate(key, 0).status, 404);
}

Test(event_key, the_list_goes_page_by_page_from_the_newest)
{
	const char *ids[5];
	struct kit_reply r;

	for (int i = 0; i < 5; i++)
		ids[i] = a_key().id;
	r = kit_call(k, "GET /api/event-keys?limit=3", NULL);
	for (int i = 0; i < 3; i++)
		cr_assert_str_eq(kit_json_text(r.body, kit_print("items.%d.keyId", i)), ids[4 - i]);
	r = kit_call(k, kit_print("GET /api/event-keys?limit=3&cursor=%s", kit_json_text(r.body, "nextCursor")), NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 2);
	cr_assert_str_eq(kit_json_text(r.body, "items.1.keyId"), ids[0]);
	cr_assert_null(kit_json_text(r.body, "nextCursor"));
}
