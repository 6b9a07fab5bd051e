/* A forgotten password: the phone proves who asks, and nobody learns who has one. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/password.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "tests/integration/auth/world.h"

TestSuite(reset, .init = world_open, .fini = world_close, .timeout = 120);
/* Those that open the world themselves, under other settings. */
TestSuite(reset_under, .fini = world_close, .timeout = 120);

#define NEW_PASSWORD "Iron_Chair_2@"

static struct kit_reply
ask_reset(const char *phone)
{
	return kit_call(k, "POST /api/password-resets", kit_print("{\"phone\":\"%s\"}", phone));
}

static const char *
reset_of(const char *phone)
{
	struct kit_reply r = ask_reset(phone);

	if (r.status != 202)
		kit_fail("reset: %d %s", r.status, r.body);
	return kit_json_text(r.body, "token");
}

static struct kit_reply
prove(const char *token, const char *code)
{
	return kit_call(k, "POST /api/password-resets/code", kit_print("{\"token\":\"%s\",\"code\":\"%s\"}", token, code));
}

static struct kit_reply
choose(const char *token)
{
	return kit_call(k, "PUT /api/password-resets/password",
	    kit_print("{\"token\":\"%s\",\"password\":\"" NEW_PASSWORD "\"}", token));
}

/* Somebody who signed up some time ago. */
static struct person
settled(int n)
{
	struct person p = join(n);

	kit_clock(k, 61);
	return p;
}

Test(reset, by_the_code_a_new_password_is_chosen_and_all_sessions_end)
{
	struct person p = settled(1);
	struct login one = log_in(1), two = log_in(1);
	const char *token = reset_of(p.phone);
	const struct password_changed_v1 *changed;

	cr_assert_eq(prove(token, next_code()).status, 204);
	cr_assert_eq(choose(token).status, 200);
	cr_assert(gate(&one).session.state == SESSION_REVOKED && gate(&two).session.state == SESSION_REVOKED);
	cr_assert(gate(&one).blacklisted && gate(&two).blacklisted);
	cr_assert_eq(refresh(one.refresh).status, 401);
	cr_assert_eq(login_as(p.phone, PASSWORD).status, 401);
	cr_assert_eq(login_as(p.phone, NEW_PASSWORD).status, 200);
	(void)kit_event(k, &session_revoked_v1_event);
	(void)kit_event(k, &session_revoked_v1_event);
	changed = kit_event(k, &password_changed_v1_event);
	cr_assert(uuid_eq(changed->user_id, p.user) && text_is(changed->phone, p.phone));
	cr_assert_str_eq(choose(token).slug, "reset.expired", "once");
	cr_assert_not(database_holds(token));
	cr_assert_not(database_holds(NEW_PASSWORD));
}

/* The same words, the same rows, the same limits; only the message is missing. */
Test(reset, an_unknown_phone_cannot_be_told_from_a_known_one)
{
	static const char *const codes[] = { "000000", "111111", "222222", "333333", "444444", "555555" };
	const char *known, *unknown;
	struct kit_reply a, b;

	(void)settled(1);
	a = ask_reset(phone_number(1));
	b = ask_reset(phone_number(2));
	cr_assert(a.status == 202 && b.status == 202 && a.length == b.length, "%s %s", a.body, b.body);
	known = kit_json_text(a.body, "token");
	unknown = kit_json_text(b.body, "token");
	(void)kit_event(k, &verification_requested_v1_event);
	cr_assert(kit_no_event(k), "one message");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), count(DISTINCT phone) FROM verification WHERE purpose = 'reset'"), "2|2");
	cr_assert_str_eq(ask_reset(phone_number(1)).slug, "verification.too_soon");
	cr_assert_str_eq(ask_reset(phone_number(2)).slug, "verification.too_soon");
	cr_assert_str_eq(choose(known).slug, "reset.not_proven");
	cr_assert_str_eq(choose(unknown).slug, "reset.not_proven");
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		a = prove(known, codes[i]);
		b = prove(unknown, codes[i]);
		cr_assert_eq(a.status, 422);
		cr_assert_str_eq(a.slug, b.slug);
		cr_assert_str_eq(a.slug, i < 5 ? "verification.wrong_code" : "verification.too_many_tries");
	}
	kit_clock(k, 901);
	cr_assert_str_eq(prove(known, "000000").slug, "reset.expired");
	cr_assert_str_eq(prove(unknown, "000000").slug, "reset.expired");
	cr_assert_str_eq(choose(unknown).slug, "reset.expired");
}

Test(reset, no_code_is_right_for_nobody)
{
	const char *token = reset_of(phone_number(1));

	for (int i = 0; i < 200; i++) {
		(void)kit_sql(k, "UPDATE verification SET tries = 0");
		cr_assert_eq(prove(token, kit_print("%06d", i)).status, 422);
	}
}

Test(reset, a_code_dies_of_five_wrong_ones_and_of_age)
{
	const char *token, *code;

	(void)settled(1);
	token = reset_of(phone_number(1));
	code = next_code();
	for (int i = 0; i < 5; i++)
		cr_assert_str_eq(prove(token, wrong_code(code)).slug, "verification.wrong_code");
	cr_assert_str_eq(prove(token, code).slug, "verification.too_many_tries");
	kit_clock(k, 61);
	token = reset_of(phone_number(1));
	code = next_code();
	kit_clock(k, 121);
	cr_assert_str_eq(prove(token, code).slug, "verification.expired");
	token = reset_of(phone_number(1));
	cr_assert_eq(prove(token, next_code()).status, 204);
	cr_assert_eq(prove(token, "000000").status, 204, "proven is proven");
}

Test(reset, a_code_is_good_for_its_own_reset_only)
{
	const char *mine, *theirs, *my_code;

	(void)settled(1);
	(void)settled(2);
	mine = reset_of(phone_number(1));
	my_code = next_code();
	theirs = reset_of(phone_number(2));
	if (strcmp(next_code(), my_code) != 0)
		cr_assert_eq(prove(theirs, my_code).status, 422);
	kit_clock(k, 61);
	(void)reset_of(phone_number(1));
	(void)next_code();
	cr_assert_eq(prove(mine, my_code).status, 204, "who asks for another phone's code kills nobody's");
	cr_assert_str_eq(prove("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", my_code).slug, "reset.expired");
}

Test(reset, a_bad_password_or_an_unproven_reset_costs_no_hash_and_leaves_it_open)
{
	const char *token;
	struct kit_reply r;
	uint64_t before;

	(void)settled(1);
	token = reset_of(phone_number(1));
	before = passwords_hashed(world_auth()->passwords);
	r = kit_call(k, "PUT /api/password-resets/password", kit_print("{\"token\":\"%s\",\"password\":\"nodigits!\"}", token));
	cr_assert_str_eq(kit_json_text(r.body, "errors.0.pointer"), "/password");
	cr_assert_eq(choose(token).status, 409);
	cr_assert_eq(passwords_hashed(world_auth()->passwords), before);
	cr_assert_eq(prove(token, next_code()).status, 204);
	cr_assert_eq(choose(token).status, 200);
}

Test(reset, of_many_who_finish_at_once_one_does)
{
	struct kit_reply replies[8];
	const char *token;

	(void)settled(1);
	token = reset_of(phone_number(1));
	cr_assert_eq(prove(token, next_code()).status, 204);
	at_once(8, replies, choose, token);
	cr_assert_eq(count_status(replies, 8, 200), 1);
	cr_assert_eq(count_status(replies, 8, 410), 7);
	(void)kit_event(k, &password_changed_v1_event);
	cr_assert(kit_no_event(k));
}

/* Strangers ask all day long; the owner, where the owner was before, is asked for a code none the less. */
Test(reset_under, strangers_do_not_use_up_the_owners_codes)
{
	struct kit_reply r;
	const char *device;

	world_open_with("DURE_CODE_DAILY_MAX", "3");
	(void)settled(1);
	r = login_as(phone_number(1), PASSWORD);
	device = kit_json_text(r.body, "deviceToken");
	for (int i = 0; i < 3; i++) {
		kit_as(k, (struct kit_who){ .who = WHO_ANYONE, .ip = kit_print("203.0.113.%d", i) });
		r = ask_reset(phone_number(1));
		cr_assert_eq(r.status, i < 2 ? 202 : 429);
		kit_clock(k, 61);
	}
	cr_assert_str_eq(r.slug, "verification.daily_limit");
	r = kit_call(k, "POST /api/password-resets",
	    kit_print("{\"phone\":\"%s\",\"deviceToken\":\"%s\"}", phone_number(1), device));
	cr_assert_eq(r.status, 202, "by the device: %s", r.body);
	kit_clock(k, 61);
	kit_as_nobody(k);
	cr_assert_eq(ask_reset(phone_number(1)).status, 202, "by the address");
	kit_clock(k, 61);
	cr_assert_eq(ask_reset(phone_number(1)).status, 202);
	kit_clock(k, 61);
	cr_assert_eq(ask_reset(phone_number(1)).status, 429, "within bounds, though");
}

/* Under siege, at an address that is used up, without a known device: the phone itself opens the door. */
Test(reset, whoever_has_the_phone_is_never_locked_out)
{
	struct kit_reply r;
	const char *token;

	(void)settled(1);
	for (int i = 0; i < 11; i++)
		r = login_as(phone_number(1), "Wooden_Desk_2!");
	cr_assert_eq(r.status, 429);
	token = reset_of(phone_number(1));
	cr_assert_eq(prove(token, next_code()).status, 204);
	r = choose(token);
	cr_assert_eq(login_as(phone_number(1), NEW_PASSWORD).status, 429, "a device that is not known waits");
	r = kit_call(k, "POST /api/login", kit_print("{\"phone\":\"%s\",\"password\":\"" NEW_PASSWORD "\",\"deviceToken\":\"%s\"}",
	    phone_number(1), kit_json_text(r.body, "deviceToken")));
	cr_assert_eq(r.status, 200, "%s", r.body);
}
