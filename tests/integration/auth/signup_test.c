/* Sign-up: the opaque token, the code on the phone, and what stands in the database of both. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "tests/integration/auth/world.h"

TestSuite(signup, .init = world_open, .fini = world_close, .timeout = 120);
/* Those that open the world themselves, under other settings. */
TestSuite(signup_under, .fini = world_close, .timeout = 120);

Test(signup, the_token_is_opaque_and_no_table_holds_it_or_the_password)
{
	const char *first = token_of(1), *second = token_of(2);

	cr_assert_eq(strlen(first), 43, "256 bits in base64url");
	cr_assert_null(strchr(first, '.'));
	cr_assert_eq(strspn(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
	cr_assert_str_neq(first, second);
	cr_assert(database_holds(phone_number(1)), "the search itself works");
	cr_assert_not(database_holds(first));
	cr_assert_not(database_holds(PASSWORD));
}

Test(signup_under, the_password_is_kept_as_argon2id_of_the_configured_cost)
{
	const char *phc;

	setenv("DURE_ARGON2_MEMORY_KIB", "19456", 1);
	setenv("DURE_ARGON2_PASSES", "2", 1);
	world_open();
	(void)token_of(1);
	phc = kit_sql(k, "SELECT password_phc FROM signup");
	cr_assert(strncmp(phc, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0, "%s", phc);
	(void)token_of(1);
	cr_assert_str_eq(kit_sql(k, "SELECT count(DISTINCT password_phc) FROM signup"), "2", "a salt of its own each time");
}

Test(signup, a_pending_one_dies_after_half_an_hour)
{
	const char *token = token_of(1);

	kit_clock(k, 1790);
	cr_assert_eq(ask_code(token).status, 202);
	kit_clock(k, 11);
	cr_assert_str_eq(ask_code(token).slug, "signup.expired");
	cr_assert_str_eq(give_code(token, next_code()).slug, "signup.expired", "the right code comes too late");
	cr_assert_eq(finish(token).status, 410);
}

Test(signup, a_proven_one_dies_as_well)
{
	const char *token = token_of(1);

	(void)ask_code(token);
	cr_assert_eq(give_code(token, next_code()).status, 200);
	kit_clock(k, 1801);
	cr_assert_str_eq(finish(token).slug, "signup.expired");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM users"), "0");
}

Test(signup, an_unknown_token_is_gone)
{
	const char *nobody = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

	cr_assert_str_eq(ask_code(nobody).slug, "signup.expired");
	cr_assert_str_eq(give_code(nobody, "123456").slug, "signup.expired");
	cr_assert_str_eq(finish(nobody).slug, "signup.expired");
}

Test(signup, a_code_before_one_was_sent_is_told_what_is_missing)
{
	const char *token = token_of(1);
	struct kit_reply r = give_code(token, "123456");

	cr_assert(r.status == 409 && strcmp(r.slug, "verification.not_sent") == 0, "%d %s", r.status, r.slug);
	kit_clock(k, 1801);
	cr_assert_str_eq(give_code(token, "123456").slug, "signup.expired");
}

Test(signup, a_code_has_six_digits_and_only_its_keyed_hash_is_kept)
{
	const char *code;
	struct kit_reply r = ask_code(token_of(1));

	cr_assert_eq(r.status, 202);
	cr_assert_eq(kit_json_i64(r.body, "expiresInSeconds"), 120);
	cr_assert_eq(kit_json_i64(r.body, "resendInSeconds"), 60);
	code = next_code();
	cr_assert(strlen(code) == 6 && strspn(code, "0123456789") == 6, "%s", code);
	cr_assert_null(strstr(r.body, code));
	cr_assert_str_eq(kit_sql(k,
	    "SELECT octet_length(code_digest), code_digest = sha256('%s') OR code_digest = sha256(('%s ' || id)::bytea) "
	    "OR code_digest = sha256((id || ' %s')::bytea) FROM verification", code, code, code), "32|f", "no plain hash");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM verification WHERE position('%s'::bytea IN code_digest) > 0", code), "0");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM outbox WHERE position('%s'::bytea IN payload) > 0", code), "0");
}

Test(signup, the_code_in_the_event_opens_with_its_key_and_in_its_place_only)
{
	const struct verification_requested_v1 *ev;
	struct arena *mem = arena_open(1 << 16);
	struct text bound, code;
	struct uuid other = { { 1 } };

	(void)ask_code(token_of(1));
	ev = kit_event(k, &verification_requested_v1_event);
	bound = (struct text){ (const char *)ev->verification_id.b, sizeof(ev->verification_id.b) };
	cr_assert(unseal(mem, &world_auth()->seal_key, bound, ev->sealed_code, &code) && code.len == 6);
	cr_assert_not(unseal(mem, &world_auth()->code_key, bound, ev->sealed_code, &code));
	cr_assert_not(unseal(mem, &world_auth()->refresh_key, bound, ev->sealed_code, &code));
	cr_assert_not(unseal(mem, &world_auth()->seal_key, (struct text){ (const char *)other.b, sizeof(other.b) },
	    ev->sealed_code, &code));
	cr_assert(text_is(ev->phone, phone_number(1)) && text_is(ev->purpose, "signup"));
	arena_close(&mem);
}

Test(signup, five_wrong_codes_kill_the_right_one)
{
	const char *token = token_of(1), *code;

	(void)ask_code(token);
	code = next_code();
	for (int i = 0; i < 5; i++)
		cr_assert_str_eq(give_code(token, wrong_code(code)).slug, "verification.wrong_code", "try %d", i + 1);
	cr_assert_str_eq(give_code(token, code).slug, "verification.too_many_tries");
	kit_clock(k, 61);
	(void)ask_code(token);
	cr_assert_eq(give_code(token, next_code()).status, 200, "another one helps");
}

static const char *parallel_token;

static struct kit_reply
give_parallel(const char *code)
{
	return give_code(parallel_token, code);
}

Test(signup, wrong_codes_are_counted_one_by_one_however_many_come_at_once)
{
	struct kit_reply replies[20];
	const char *code;
	int wrong = 0, dead = 0;

	parallel_token = token_of(1);
	(void)ask_code(parallel_token);
	code = next_code();
	at_once(20, replies, give_parallel, wrong_code(code));
	for (int i = 0; i < 20; i++) {
		wrong += strcmp(replies[i].slug, "verification.wrong_code") == 0;
		dead += strcmp(replies[i].slug, "verification.too_many_tries") == 0;
	}
	cr_assert(wrong == 5 && dead == 15, "%d wrong, %d dead", wrong, dead);
	cr_assert_str_eq(give_code(parallel_token, code).slug, "verification.too_many_tries");
}

Test(signup, a_code_lives_two_minutes)
{
	const char *token = token_of(1), *code;

	(void)ask_code(token);
	code = next_code();
	kit_clock(k, 121);
	cr_assert_str_eq(give_code(token, code).slug, "verification.expired");
	(void)ask_code(token);
	code = next_code();
	kit_clock(k, 115);
	cr_assert_eq(give_code(token, code).status, 200);
	cr_assert_eq(give_code(token, wrong_code(code)).status, 200, "proven is proven");
}

Test(signup, an_older_code_is_dead_once_a_newer_was_sent)
{
	const char *token = token_of(1), *old, *new;

	(void)ask_code(token);
	old = next_code();
	kit_clock(k, 61);
	(void)ask_code(token);
	new = next_code();
	if (strcmp(old, new) != 0)
		cr_assert_str_eq(give_code(token, old).slug, "verification.wrong_code");
	cr_assert_eq(give_code(token, new).status, 200);
}

Test(signup, asking_again_too_soon_is_a_429_that_says_when)
{
	const char *token = token_of(1);
	struct kit_reply r;
	int wait;

	cr_assert_eq(ask_code(token).status, 202);
	r = ask_code(token);
	wait = atoi(kit_header(&r, "Retry-After"));
	cr_assert(r.status == 429 && strcmp(r.slug, "verification.too_soon") == 0);
	cr_assert(wait > 50 && wait <= 60, "%d", wait);
	cr_assert_eq(ask_code(token_of(1)).status, 429, "another sign-up of the same phone changes nothing");
	cr_assert_eq(ask_code(token_of(2)).status, 202, "another phone");
	kit_clock(k, wait);
	cr_assert_eq(ask_code(token).status, 202);
}

Test(signup, twenty_who_ask_at_once_get_one_code)
{
	struct kit_reply replies[20];

	at_once(20, replies, ask_code, token_of(1));
	cr_assert_eq(count_status(replies, 20, 202), 1);
	cr_assert_eq(count_status(replies, 20, 429), 19);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM verification"), "1");
	(void)next_code();
	cr_assert(kit_no_event(k));
}

static struct kit_reply
start_and_ask(const char *unused)
{
	(void)unused;
	return ask_code(token_of(1));
}

Test(signup, twenty_sign_ups_of_one_phone_get_one_code_too)
{
	struct kit_reply replies[20];

	at_once(20, replies, start_and_ask, NULL);
	cr_assert_eq(count_status(replies, 20, 202), 1);
	cr_assert_eq(count_status(replies, 20, 429), 19);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM verification"), "1");
}

Test(signup_under, a_phone_gets_so_many_codes_a_day_and_tomorrow_again)
{
	struct kit_reply r;
	const char *token;
	int wait;

	world_open_with("DURE_CODE_DAILY_MAX", "3");
	token = token_of(1);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(ask_code(token).status, 202);
		kit_clock(k, 61);
	}
	r = ask_code(token);
	wait = atoi(kit_header(&r, "Retry-After"));
	cr_assert(r.status == 429 && strcmp(r.slug, "verification.daily_limit") == 0, "%d %s", r.status, r.slug);
	cr_assert(wait > 11 * 3600 && wait <= 12 * 3600, "until midnight in Seoul, at noon: %d", wait);
	cr_assert_str_eq(ask_code(token_of(1)).slug, "verification.daily_limit", "another sign-up of the same phone");
	kit_clock(k, wait);
	cr_assert_eq(ask_code(token_of(1)).status, 202);
}

Test(signup, a_phone_or_email_that_somebody_has_is_a_409)
{
	struct kit_reply r;

	(void)join(1);
	cr_assert_str_eq(ask_code(token_of(1)).slug, "signup.phone_taken");
	r = kit_call(k, "POST /api/create/token",
	    kit_print("{\"phone\":\"%s\",\"email\":\"P1@Example.com\",\"password\":\"" PASSWORD
	    "\",\"name\":\"x\"}", phone_number(2)));
	cr_assert_eq(r.status, 201);
	r = ask_code(kit_json_text(r.body, "token"));
	cr_assert(r.status == 409 && strcmp(r.slug, "signup.email_taken") == 0, "%d %s", r.status, r.slug);
}
