/* What may be spent on messages that strangers ask for. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "tests/integration/auth/world.h"

TestSuite(sms, .fini = world_close, .timeout = 120);

static void
as_from(const char *ip)
{
	kit_as(k, (struct kit_who){ .who = WHO_ANYONE, .ip = ip });
}

/* Codes asked for by n sign-ups of n phones, from `first` on: how many were sent. */
static int
codes_sent(int first, int n)
{
	int sent = 0;

	for (int i = first; i < first + n; i++)
		sent += ask_code(token_of(i)).status == 202;
	return sent;
}

/* The next alarm, behind the codes that were sent before it. */
static const struct sms_capped_v1 *
alarm_behind(int codes)
{
	for (int i = 0; i < codes; i++)
		(void)kit_event(k, &verification_requested_v1_event);
	return kit_event(k, &sms_capped_v1_event);
}

Test(sms, one_address_gets_so_many_a_day_and_the_operators_hear_of_it_once)
{
	const struct sms_capped_v1 *capped;
	struct kit_reply r;
	int wait;

	world_open_with("DURE_SMS_ADDRESS_DAILY_MAX", "3");
	as_from("203.0.113.1");
	cr_assert_eq(codes_sent(1, 5), 3);
	r = ask_code(token_of(6));
	wait = atoi(kit_header(&r, "Retry-After"));
	cr_assert(r.status == 429 && strcmp(r.slug, "sms.address_limit") == 0, "%d %s", r.status, r.slug);
	cr_assert(wait > 11 * 3600 && wait <= 12 * 3600, "until midnight in Seoul, at noon: %d", wait);
	capped = alarm_behind(3);
	cr_assert(text_is(capped->scope, "ip") && capped->limit == 3);
	as_from("203.0.113.2");
	cr_assert_eq(codes_sent(11, 5), 3, "another address");
	for (int i = 0; i < 3; i++)
		(void)kit_event(k, &verification_requested_v1_event);
	cr_assert(kit_no_event(k), "one alarm a day");
	kit_clock(k, wait);
	as_from("203.0.113.1");
	cr_assert_eq(codes_sent(21, 4), 3, "tomorrow again");
	cr_assert(text_is(alarm_behind(3)->scope, "ip"));
}

Test(sms, the_day_has_an_end_for_all_and_refused_ones_cost_it_nothing)
{
	const struct sms_capped_v1 *capped;

	setenv("DURE_SMS_ADDRESS_DAILY_MAX", "2", 1);
	world_open_with("DURE_SMS_DAILY_MAX", "5");
	for (int i = 0; i < 2; i++) {
		as_from(kit_print("203.0.113.%d", i));
		cr_assert_eq(codes_sent(10 * i, 9), 2);
	}
	as_from("203.0.113.7");
	cr_assert_eq(codes_sent(70, 2), 1, "the fifth and not a sixth");
	cr_assert_str_eq(ask_code(token_of(72)).slug, "sms.address_limit");
	as_from("203.0.113.8");
	cr_assert_str_eq(ask_code(token_of(80)).slug, "sms.day_limit");
	(void)alarm_behind(2);
	capped = alarm_behind(3);
	cr_assert(text_is(capped->scope, "day") && capped->limit == 5);
	cr_assert(kit_no_event(k));
}

Test(sms, a_phone_that_has_had_its_share_is_an_alarm_too_and_names_nobody)
{
	const struct sms_capped_v1 *capped;
	const char *token;

	world_open_with("DURE_CODE_DAILY_MAX", "1");
	token = token_of(1);
	cr_assert_eq(ask_code(token).status, 202);
	kit_clock(k, 61);
	for (int i = 0; i < 3; i++)
		cr_assert_str_eq(ask_code(token).slug, "verification.daily_limit");
	capped = alarm_behind(1);
	cr_assert(text_is(capped->scope, "phone") && capped->limit == 1);
	cr_assert(kit_no_event(k));
}

static struct kit_reply
sign_up(const char *unused)
{
	static int next = 100;

	(void)unused;
	return ask_code(token_of(__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED)));
}

Test(sms, many_at_once_spend_no_more)
{
	struct kit_reply replies[20];

	world_open_with("DURE_SMS_DAILY_MAX", "7");
	at_once(20, replies, sign_up, NULL);
	cr_assert_eq(count_status(replies, 20, 202), 7);
	cr_assert_eq(count_status(replies, 20, 429), 13);
	(void)alarm_behind(7);
	cr_assert(kit_no_event(k));
}

Test(sms, a_reset_for_nobody_costs_the_address_and_not_the_day)
{
	setenv("DURE_SMS_DAILY_MAX", "1", 1);
	world_open_with("DURE_SMS_ADDRESS_DAILY_MAX", "3");
	for (int i = 0; i < 4; i++)
		cr_assert_eq(kit_call(k, "POST /api/password-resets", kit_print("{\"phone\":\"%s\"}", phone_number(i))).status,
		    i < 3 ? 202 : 429);
	as_from("203.0.113.1");
	cr_assert_eq(codes_sent(10, 2), 1);
}

Test(sms, a_flush_of_redis_opens_no_purse)
{
	world_open_with("DURE_SMS_ADDRESS_DAILY_MAX", "1");
	cr_assert_eq(codes_sent(1, 1), 1);
	redis_is_down();
	cr_assert_str_eq(ask_code(token_of(2)).slug, "sms.address_limit");
	redis_is_back();
}

Test(sms, what_was_spent_long_ago_is_forgotten)
{
	world_open_with("DURE_SMS_ADDRESS_DAILY_MAX", "1");
	cr_assert_eq(codes_sent(1, 2), 1);
	kit_clock(k, 3 * 86400);
	cr_assert_null(kit_job(k, "identity_reap", "2026-01-01", ""));
	cr_assert_str_eq(kit_sql(k, "SELECT (SELECT count(*) FROM sms_budget), (SELECT count(*) FROM sms_cap)"), "0|0");
}
