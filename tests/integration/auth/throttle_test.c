/* Wrong passwords: counted by all replicas together, dear to whoever guesses, and never in the way of the owner. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/token/password.h"
#include "tests/integration/auth/world.h"

TestSuite(throttle, .init = world_open, .fini = world_close, .timeout = 120);
/* Those that open the world themselves, under other settings. */
TestSuite(throttle_under, .fini = world_close, .timeout = 120);

#define WRONG "Wooden_Desk_2!"
#define HOME  "198.51.100.1"

static struct kit_reply
log_in_from(const char *ip, const char *phone, const char *password, const char *device)
{
	struct kit_reply r;

	kit_as(k, (struct kit_who){ .who = WHO_ANYONE, .ip = ip });
	r = kit_call(k, "POST /api/login", kit_print("{\"phone\":\"%s\",\"password\":\"%s\"%s}", phone, password,
	    device != NULL ? kit_print(",\"deviceToken\":\"%s\"", device) : ""));
	kit_as_nobody(k);
	return r;
}

/* The status of the last of n tries. */
static int
guess(int n, const char *ip, const char *phone)
{
	int status = 0;

	for (int i = 0; i < n; i++)
		status = log_in_from(ip, phone, WRONG, NULL).status;
	return status;
}

static uint64_t
hashes(void)
{
	return passwords_hashed(world_auth()->passwords);
}

static const char *
body_less_id(const struct kit_reply *r)
{
	return kit_print("%.*s", (int)(strstr(r->body, "\"requestId\"") - r->body), r->body);
}

Test(throttle, ten_wrong_passwords_from_one_address_and_the_eleventh_waits)
{
	struct kit_reply r;
	uint64_t before;
	int wait;

	(void)join(1);
	cr_assert_eq(guess(10, HOME, phone_number(1)), 401);
	before = hashes();
	r = log_in_from(HOME, phone_number(1), PASSWORD, NULL);
	wait = atoi(kit_header(&r, "Retry-After"));
	cr_assert(r.status == 429 && strcmp(r.slug, "login.slow_down") == 0, "%d %s", r.status, r.slug);
	cr_assert(wait > 0 && wait <= 600, "%d", wait);
	cr_assert_eq(hashes(), before, "it costs nothing");
	cr_assert_eq(log_in_from("198.51.100.2", phone_number(1), PASSWORD, NULL).status, 200, "elsewhere the owner comes in");
	kit_clock(k, wait);
	cr_assert_eq(log_in_from(HOME, phone_number(1), PASSWORD, NULL).status, 200);
}

Test(throttle, known_and_unknown_phones_are_throttled_alike)
{
	(void)join(1);
	for (int i = 0; i < 12; i++) {
		uint64_t start_ = hashes(), middle;
		struct kit_reply known = log_in_from(HOME, phone_number(1), WRONG, NULL), unknown;

		middle = hashes();
		unknown = log_in_from(HOME, phone_number(2), WRONG, NULL);
		cr_assert_eq(known.status, i < 10 ? 401 : 429);
		cr_assert_eq(known.status, unknown.status);
		cr_assert_str_eq(body_less_id(&known), body_less_id(&unknown));
		cr_assert_eq(atoi(kit_header(&known, "Retry-After")) > 0, atoi(kit_header(&unknown, "Retry-After")) > 0);
		cr_assert_eq(middle - start_, hashes() - middle, "the same work");
	}
}

Test(throttle, right_passwords_are_not_counted)
{
	(void)join(1);
	for (int i = 0; i < 30; i++)
		cr_assert_eq(log_in_from(HOME, phone_number(1), PASSWORD, NULL).status, 200);
	cr_assert_eq(guess(9, HOME, phone_number(1)), 401);
	cr_assert_eq(log_in_from(HOME, phone_number(1), PASSWORD, NULL).status, 200, "nor do they take back the wrong ones");
	cr_assert_eq(guess(1, HOME, phone_number(1)), 401);
	cr_assert_eq(guess(1, HOME, phone_number(1)), 429);
}

static struct kit_reply
guess_once(const char *phone)
{
	return log_in_from(HOME, phone, WRONG, NULL);
}

Test(throttle, many_guesses_at_once_are_no_more_than_ten)
{
	struct kit_reply replies[40];

	(void)join(1);
	at_once(40, replies, guess_once, phone_number(1));
	cr_assert_eq(count_status(replies, 40, 401), 10);
	cr_assert_eq(count_status(replies, 40, 429), 30);
}

Test(throttle_under, one_address_that_tries_many_phones_is_stopped)
{
	struct kit_reply r;

	world_open_with("DURE_LOGIN_ADDRESS_TRIES", "20");
	(void)join(1);
	for (int i = 0; i < 20; i++)
		cr_assert_eq(guess(1, HOME, phone_number(100 + i)), 401);
	r = log_in_from(HOME, phone_number(1), PASSWORD, NULL);
	cr_assert(r.status == 429 && atoi(kit_header(&r, "Retry-After")) > 0);
	cr_assert_eq(log_in_from("198.51.100.2", phone_number(1), PASSWORD, NULL).status, 200);
	for (int i = 0; i < 20; i++)
		cr_assert_eq(guess(1, kit_print("2001:db8::%d", i), phone_number(200 + i)), 401);
	cr_assert_eq(guess(1, "2001:db8::9999", phone_number(300)), 429, "the 64 bits of a subscriber are one address");
	cr_assert_eq(guess(1, "2001:db8:0:1::9999", phone_number(300)), 401);
}

/* Strangers all over the world at one phone that everybody knows. */
static void
siege(const char *phone)
{
	for (int i = 0; i < 20; i++)
		cr_assert_eq(guess(3, kit_print("203.0.113.%d", i), phone), 401);
}

Test(throttle, under_siege_strangers_are_slowed_down_and_the_owner_is_not)
{
	struct kit_reply r;

	(void)join(1);
	cr_assert_eq(log_in_from(HOME, phone_number(1), PASSWORD, NULL).status, 200);
	siege(phone_number(1));
	r = log_in_from("203.0.113.1", phone_number(1), PASSWORD, NULL);
	cr_assert(r.status == 429 && atoi(kit_header(&r, "Retry-After")) > 0, "its three tries are used up: %d", r.status);
	cr_assert_eq(guess(9, HOME, phone_number(1)), 401, "where the owner was before all is as ever");
	cr_assert_eq(log_in_from(HOME, phone_number(1), PASSWORD, NULL).status, 200);
	cr_assert_eq(guess(2, "198.51.100.77", phone_number(1)), 401, "from a new place, three tries that nobody can take away");
	cr_assert_eq(log_in_from("198.51.100.77", phone_number(1), PASSWORD, NULL).status, 200);
	cr_assert_eq(guess(9, "198.51.100.77", phone_number(1)), 429, "after ten at the latest");
}

Test(throttle, an_unknown_phone_under_siege_looks_the_same)
{
	(void)join(1);
	siege(phone_number(1));
	siege(phone_number(2));
	for (int i = 0; i < 5; i++) {
		struct kit_reply known = log_in_from("192.0.2.1", phone_number(1), WRONG, NULL),
		    unknown = log_in_from("192.0.2.1", phone_number(2), WRONG, NULL);

		cr_assert_eq(known.status, i < 3 ? 401 : 429);
		cr_assert_eq(known.status, unknown.status);
		cr_assert_str_eq(body_less_id(&known), body_less_id(&unknown));
	}
}

/* The same address, as behind one router: the device tells them apart. */
Test(throttle, a_device_that_was_there_before_is_not_held_up_by_its_neighbours)
{
	struct kit_reply r;
	const char *device;

	(void)join(1);
	(void)join(2);
	r = log_in_from(HOME, phone_number(1), PASSWORD, NULL);
	device = kit_json_text(r.body, "deviceToken");
	cr_assert_eq(guess(11, HOME, phone_number(1)), 429);
	cr_assert_eq(guess(11, HOME, phone_number(2)), 429);
	r = log_in_from(HOME, phone_number(1), PASSWORD, device);
	cr_assert_eq(r.status, 200);
	cr_assert_str_eq(kit_json_text(r.body, "deviceToken"), device);
	cr_assert_eq(log_in_from(HOME, phone_number(2), PASSWORD, device).status, 429, "for its own phone only");
	for (int i = 0; i < 10; i++)
		cr_assert_eq(log_in_from(kit_print("203.0.113.%d", i), phone_number(1), WRONG, device).status, 401);
	cr_assert_eq(log_in_from("203.0.113.99", phone_number(1), PASSWORD, device).status, 429,
	    "one that was stolen guesses no more than others");
	cr_assert_eq(log_in_from("203.0.113.99", phone_number(1), PASSWORD, "AAAA.AAAA").status, 200, "a made-up one is none");
}

Test(throttle, a_refresh_knows_nothing_of_it_and_without_redis_nobody_comes_in)
{
	struct kit_reply r;
	struct login l;

	(void)join(1);
	l = log_in(1);
	cr_assert_eq(guess(11, "127.0.0.1", phone_number(1)), 429);
	cr_assert_eq(refresh(l.refresh).status, 200);
	redis_is_down();
	r = log_in_from(HOME, phone_number(1), PASSWORD, NULL);
	cr_assert(r.status == 503 && atoi(kit_header(&r, "Retry-After")) > 0);
	redis_is_back();
}

Test(throttle, the_own_password_is_guessed_ten_times_by_one_account)
{
	struct login l;
	struct kit_reply r;

	(void)join(1);
	l = log_in(1);
	for (int i = 0; i < 11; i++) {
		kit_as(k, (struct kit_who){ .who = WHO_STAFF, .user = l.user, .session = l.session,
			.ip = kit_print("203.0.113.%d", i) });
		r = kit_call(k, "PUT /api/me/password", "{\"oldPassword\":\"" WRONG "\",\"newPassword\":\"Iron_Chair_2@\"}");
		cr_assert_eq(r.status, i < 10 ? 422 : 429);
	}
	cr_assert(strcmp(r.slug, "password.slow_down") == 0 && atoi(kit_header(&r, "Retry-After")) > 0);
	kit_as_nobody(k);
	cr_assert_eq(login_as(phone_number(1), PASSWORD).status, 200, "a log-in is counted elsewhere");
}
