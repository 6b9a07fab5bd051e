/* Programs outside ask over REQ/REP: who is let in, what passes, where it goes on. */
#include <string.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "tests/integration/outside/stand.h"

static struct stand s;

static void
open_stand(void)
{
	stand_open(&s, 4);
	auth_knows_key();
}

static void
close_stand(void)
{
	stand_close(&s);
}

TestSuite(outside_ask, .init = open_stand, .fini = close_stand, .timeout = 60);

#define WANT_ERROR(word, ...) \
	do { \
		struct outside_reply r_ = call(&s, (struct call){ __VA_ARGS__ }); \
		cr_assert(r_.has_error && text_is(r_.error, word), "not %s but \"%.*s\"", word, TEXT_ARG(r_.error)); \
		cr_assert_eq(r_.n_events, 0); \
	} while (0)

static struct outside_reply
next(void)
{
	struct outside_reply r = call(&s, (struct call){ .key = KEY });

	cr_assert_not(r.has_error, "%.*s", TEXT_ARG(r.error));
	return r;
}

static struct outside_reply
after(const struct outside_reply *last, int32_t limit)
{
	struct outside_reply r = call(&s, (struct call){ .request = { .op = TEXT("next"), .n_after = last->n_cursor,
		.after = (int64_t *)(uintptr_t)last->cursor, .has_limit = limit > 0, .limit = limit } });

	cr_assert_not(r.has_error, "%.*s", TEXT_ARG(r.error));
	return r;
}

static int64_t
sum(const struct outside_reply *r)
{
	int64_t n = 0;

	cr_assert_eq(r->n_cursor, OUTBOX_PARTITIONS);
	for (size_t i = 0; i < r->n_cursor; i++)
		n += r->cursor[i];
	return n;
}

Test(outside_ask, only_public_events_leave_and_the_cursor_covers_the_others)
{
	emit(&s, "payment.settled", true, COMPANY, 1);
	emit(&s, "user.joined", false, COMPANY, 2);
	emit(&s, "payment.failed", true, COMPANY, 3);
	struct outside_reply r = next();
	cr_assert_eq(r.n_events, 2);
	cr_assert_null(strstr(types_of(&s, &r), "user.joined"));
	cr_assert_eq(sum(&r), 3);
	cr_assert_not(r.more);
	r = after(&r, 0);
	cr_assert_eq(r.n_events, 0);
	cr_assert_eq(sum(&r), 3);
}

Test(outside_ask, a_key_of_one_company_and_some_types_sees_those_alone)
{
	auth_says(KEY, key_json("[\"payment.settled\",\"payment.failed\"]", COMPANY, SECRET, NULL, NULL));
	emit(&s, "payment.settled", true, COMPANY, 1);
	emit(&s, "payment.settled", true, OTHER_COMPANY, 2);
	emit(&s, "payment.settled", true, NULL, 3);
	emit(&s, "payment.refunded", true, COMPANY, 4);
	struct outside_reply r = next();
	cr_assert_str_eq(types_of(&s, &r), "payment.settled");
	cr_assert_eq(sum(&r), 4);
	struct text asked[] = { TEXT("payment.failed") };
	r = call(&s, (struct call){ .request = { .op = TEXT("next"), .n_types = 1, .types = asked } });
	cr_assert_eq(r.n_events, 0);
	cr_assert_eq(sum(&r), 4);
	asked[0] = TEXT("payment.refunded");
	WANT_ERROR("out_of_scope", .request = { .op = TEXT("next"), .n_types = 1, .types = asked });
}

Test(outside_ask, what_is_not_signed_with_a_good_secret_is_denied)
{
	emit(&s, "payment.settled", true, COMPANY, 1);
	WANT_ERROR("denied", .secret = NEW_SECRET);
	WANT_ERROR("denied", .tamper = true);
	WANT_ERROR("denied", .key = OTHER_KEY);
	WANT_ERROR("denied", .tamper = true, .skew_s = 3600);
	cr_assert_eq(next().n_events, 1);
}

Test(outside_ask, both_secrets_are_good_while_a_key_rotates_and_the_old_one_ends_in_its_time)
{
	auth_says(KEY, key_json("[]", NULL, NEW_SECRET, SECRET, "2999-01-01T00:00:00Z"));
	cr_assert_not(call(&s, (struct call){ .key = KEY }).has_error);
	cr_assert_not(call(&s, (struct call){ .secret = NEW_SECRET }).has_error);
	auth_says(KEY, key_json("[]", NULL, NEW_SECRET, SECRET, "2020-01-01T00:00:00Z"));
	kit_until(1000, call(&s, (struct call){ .key = KEY }).has_error);
	WANT_ERROR("denied", .secret = SECRET);
	cr_assert_not(call(&s, (struct call){ .secret = NEW_SECRET }).has_error);
}

Test(outside_ask, a_revoked_key_opens_nothing_within_a_second)
{
	cr_assert_not(call(&s, (struct call){ .key = KEY }).has_error);
	auth_says(KEY, NULL);
	int64_t began_us = clock_mono_us();
	kit_until(1000, call(&s, (struct call){ .key = KEY }).has_error);
	cr_assert_lt(clock_mono_us() - began_us, 1000000);
	WANT_ERROR("denied", .secret = SECRET);
}

Test(outside_ask, a_question_is_answered_once_and_only_in_its_time)
{
	cr_assert_not(call(&s, (struct call){ .nonce = "0123456789abcdef" }).has_error);
	WANT_ERROR("replayed", .nonce = "0123456789abcdef");
	auth_says(OTHER_KEY, key_json("[]", NULL, SECRET, NULL, NULL));
	cr_assert_not(call(&s, (struct call){ .key = OTHER_KEY, .nonce = "0123456789abcdef" }).has_error);
	cr_assert_not(call(&s, (struct call){ .skew_s = 55 }).has_error);
	cr_assert_not(call(&s, (struct call){ .skew_s = -55 }).has_error);
	WANT_ERROR("clock", .skew_s = 70);
	WANT_ERROR("clock", .skew_s = -70);
	struct outside_reply r = call(&s, (struct call){ .skew_s = -3600 });
	cr_assert(r.has_time && r.time_s <= clock_now_us() / 1000000 && r.time_s > clock_now_us() / 1000000 - 10);
}

Test(outside_ask, what_is_no_question_is_malformed_and_never_more)
{
	static const char *const bad[] = { "", "\x80", "\xc1", "\xdd\xff\xff\xff\xff", "\x81\xa2op\xa5heads", "\x91\x91\x91" };
	int64_t cursor[3] = { 0, 0, 0 };

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert(text_is(call_raw(&s, bad[i], strlen(bad[i])).error, "malformed"));
	WANT_ERROR("malformed", .request = { .op = TEXT("heads") });
	WANT_ERROR("malformed", .request = { .op = TEXT("next"), .n_after = 3, .after = cursor });
	WANT_ERROR("malformed", .request = { .op = TEXT("next"), .has_limit = true, .limit = 257 });
}

Test(outside_ask, without_auth_nobody_is_answered_and_with_it_everybody_again)
{
	auth_is_ill(true);
	WANT_ERROR("busy", .secret = SECRET);
	auth_is_ill(false);
	kit_until(5000, !call(&s, (struct call){ .key = KEY }).has_error);
}

Test(outside_ask, a_key_is_looked_up_twice_a_second_and_no_more)
{
	cr_assert_not(call(&s, (struct call){ .key = KEY }).has_error);
	int64_t began_us = clock_mono_us();
	int before = auth_was_asked(), asked = 0;
	while (clock_mono_us() - began_us < 600000) {
		cr_assert_not(call(&s, (struct call){ .key = KEY }).has_error);
		asked++;
	}
	cr_assert_leq(auth_was_asked() - before, 2);
	cr_assert_gt(asked, 20);
}

Test(outside_ask, strangers_do_not_wear_auth_out)
{
	int before = auth_was_asked();

	for (int i = 0; i < 120; i++)
		(void)call(&s, (struct call){ .key = kit_print("01926f00-0000-7000-8000-%012d", i) });
	cr_assert_leq(auth_was_asked() - before, 110, "asked for %d", auth_was_asked() - before);
	kit_until(3000, !call(&s, (struct call){ .key = KEY }).has_error);
}

Test(outside_ask, a_backlog_comes_in_pages_and_no_partition_waits_for_another)
{
	int seen = 0;

	emit_many(&s, "payment.settled", true, 0, 500);
	emit_many(&s, "payment.failed", true, 9, 3);
	struct outside_reply r = call(&s, (struct call){ .request = { .op = TEXT("next"), .has_limit = true, .limit = 10 } });
	cr_assert(r.more);
	cr_assert_eq(r.cursor[0], 7);
	cr_assert_eq(r.cursor[9], 3);
	for (seen = (int)r.n_events; r.more; seen += (int)r.n_events)
		r = after(&r, 0);
	cr_assert_eq(seen, 503);
	cr_assert_eq(r.cursor[0], 500);
	r = call(&s, (struct call){ .request = { .op = TEXT("next"), .has_max_bytes = true, .max_bytes = 1 } });
	cr_assert_eq(r.n_events, 1, "one comes however small the bound");
}

Test(outside_ask, what_may_not_be_seen_is_walked_over_in_bounded_steps)
{
	struct outside_reply r;
	int steps = 1;

	emit_many(&s, "user.joined", false, 3, 5000);
	emit_many(&s, "payment.settled", true, 3, 1);
	for (r = next(); r.more; steps++) {
		cr_assert_eq(r.n_events, 0);
		r = after(&r, 0);
	}
	cr_assert_eq(r.n_events, 1);
	cr_assert_eq(r.cursor[3], 5001);
	cr_assert_eq(steps, 3);
}

Test(outside_ask, a_cursor_too_old_or_too_new_gets_one_that_works)
{
	int64_t zero[OUTBOX_PARTITIONS] = { 0 };
	struct outside_request from_zero = { .op = TEXT("next"), .n_after = OUTBOX_PARTITIONS, .after = zero };

	emit_many(&s, "payment.settled", true, 5, 20);
	(void)kit_db_sql(s.db, "DELETE FROM outbox WHERE seq <= 12; UPDATE outbox_head SET oldest_seq = 13 WHERE partition = 5");
	struct outside_reply r = call(&s, (struct call){ .request = from_zero });
	cr_assert(text_is(r.error, "cursor_expired"));
	cr_assert_eq(r.cursor[5], 12);
	cr_assert_eq(after(&r, 0).n_events, 8);
	cr_assert_eq(next().n_events, 8, "without a cursor it begins at the oldest");
	zero[5] = 21;
	r = call(&s, (struct call){ .request = from_zero });
	cr_assert(text_is(r.error, "cursor_ahead"));
	cr_assert_eq(r.cursor[5], 20);
	r = call(&s, (struct call){ .request = { .op = TEXT("now") } });
	cr_assert_eq(r.cursor[5], 20);
	r = call(&s, (struct call){ .request = { .op = TEXT("oldest") } });
	cr_assert_eq(r.cursor[5], 12);
}

/* Of one partition: the one begun first is committed last, behind what was given already. */
Test(outside_ask, what_is_committed_late_comes_after_what_was_given_and_is_not_skipped)
{
	struct late late;

	late_begin(&s, &late, "payment.settled");
	kit_until(5000, (emit(&s, "payment.failed", true, COMPANY, 1),
	    strcmp(kit_db_sql(s.db, "SELECT count(*) FROM outbox WHERE partition = %d", outbox_partition((struct uuid){ { 1 } })),
	    "0") != 0));
	struct outside_reply r = next();
	cr_assert_gt(r.n_events, 0);
	cr_assert_null(strstr(types_of(&s, &r), "settled"));
	late_end(&s, &late);
	r = after(&r, 0);
	cr_assert_str_eq(types_of(&s, &r), "payment.settled");
}

/* "type\0{type, partition, seq}", and nothing of what happened. */
Test(outside_ask, outsiders_are_woken_by_type_partition_and_number_of_public_events_alone)
{
	struct bus_subscriber *sub;
	struct bus_peers peers;
	struct text message;

	SURE(bus_peers_parse(kit_print("billing=127.0.0.1:%d:1", s.wake_port), &peers));
	SURE(bus_subscriber_open(&s.rq, &sub, &peers, "billing", 1000) == NULL);
	kit_until(5000, bus_subscriber_joins(sub) > 0);
	kit_until(5000, (emit(&s, "user.joined", false, COMPANY, 1), emit(&s, "payment.settled", true, COMPANY, 2),
	    bus_receive(sub, s.mem, 200, &message)));
	cr_assert_eq(message.len, sizeof("payment.settled") + 1 + 5 + 16 + 10 + 1 + 4 + 1);
	cr_assert_eq(memcmp(message.at, "payment.settled\0\x83\xa4type\xafpayment.settled\xa9partition", 48), 0);
	bus_subscriber_close(&sub);
}
