/* When the provider is silent, garbled or dead: unknown is not failed, and the janitor finds out. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/billing/billing.h"
#include "tests/integration/billing/till.h"

TestSuite(resolve, .init = till_open, .fini = till_close, .timeout = 120);

static void
switch_confirm(const char *rule)
{
	sandbox("PUT", "/sandbox/switches", kit_print("{\"toss.confirm\":%s}", rule));
}

/* What an operator sees: so many open payments, the oldest of which has been so for about so long. */
static void
open_is(int64_t n, int64_t seconds)
{
	struct arena *mem = arena_open(1 << 20);
	struct req rq;

	req_begin(&rq, kit_app(k), mem, TEXT("gauge"), 5000);
	cr_assert_null(billing_gauge(&rq));
	cr_assert_null(db_close(&rq, true));
	req_end(&rq);
	arena_close(&mem);
	cr_assert_eq(kit_metric("dure_payments_open"), n);
	cr_assert(llabs(kit_metric("dure_payments_oldest_open_seconds") - seconds) <= 5);
}

/* ---- silence */

Test(resolve, a_timeout_behind_the_capture_is_unknown_until_the_janitor_settles_it_once)
{
	struct intent in = agreed(50000, "success");

	switch_confirm("{\"mode\":\"timeout_after\",\"delay_ms\":1500,\"times\":1}");
	answers(confirm(&in), 504, "payment.unknown");
	state_is(&in, "unknown|");
	cr_assert(kit_no_event(k));
	kit_clock(k, 31);
	open_is(1, 31);
	janitor();
	open_is(0, 0);
	state_is(&in, "paid|");
	(void)kit_event(k, &payment_settled_v1_event);
	kit_clock(k, 3600);
	janitor();
	cr_assert_null(kit_job(k, "payment_recheck", in.id, ""));
	cr_assert(kit_no_event(k));
	cr_assert_eq(jobs_left(), 0);
}

static void
ask_again_with(const char *key)
{
	struct intent in = agreed(50000, "success");

	switch_confirm("{\"mode\":\"timeout_after\",\"delay_ms\":700,\"times\":1}");
	answers(confirm_with_key(&in, "one"), 504, "payment.unknown");
	kit_until(10000, captured(in.order_id) == 50000 && confirm_with_key(&in, key).status == 200);
	state_is(&in, "paid|");
	(void)kit_event(k, &payment_settled_v1_event);
	cr_assert(kit_no_event(k));
}

Test(resolve, the_buyer_may_ask_again_behind_a_timeout_and_is_told_paid)
{
	ask_again_with("one");
	ask_again_with("two");
}

Test(resolve, a_timeout_before_the_capture_fails_forty_minutes_behind_the_intent)
{
	struct intent in = agreed(50000, "success");

	switch_confirm("{\"mode\":\"timeout_before\",\"delay_ms\":700}");
	answers(confirm(&in), 504, "payment.unknown");
	state_is(&in, "unknown|");
	kit_clock(k, 31);
	janitor();
	state_is(&in, "unknown|");
	cr_assert(kit_no_event(k));
	sandbox("PUT", "/sandbox/switches", "{\"toss.get\":{\"mode\":\"error500\"}}");
	kit_clock(k, 38 * 60);
	janitor();
	state_is(&in, "unknown|");
	kit_clock(k, 2 * 60);
	janitor();
	state_is(&in, "failed|EXPIRED");
	(void)kit_event(k, &payment_failed_v1_event);
	cr_assert_gt(jobs_left(), 0);                 /* until the provider speaks again */
	sandbox("PUT", "/sandbox/switches", "{\"toss.get\":null}");
	kit_clock(k, 10 * 60);
	janitor();
	state_is(&in, "failed|EXPIRED");
	cr_assert(kit_no_event(k));
	cr_assert_eq(jobs_left(), 0);
}

Test(resolve, a_capture_that_never_began_is_tried_again_by_the_janitor)
{
	struct intent in = agreed(50000, "success");

	switch_confirm("{\"mode\":\"timeout_before\",\"delay_ms\":700,\"times\":1}");
	answers(confirm(&in), 504, "payment.unknown");
	kit_clock(k, 31);
	janitor();
	state_is(&in, "paid|");
	cr_assert_eq(captured(in.order_id), 50000);
}

/* "number:kept error" of every key that was used for captures. */
static const char *
attempts(void)
{
	return kit_sql(k, "SELECT string_agg(number || ':' || coalesce(answer, ''), ' ' ORDER BY number) FROM attempt");
}

Test(resolve, an_error_that_the_provider_keeps_under_the_key_gets_a_next_one_behind_a_read)
{
	struct intent in = agreed(1000, "success");

	switch_confirm("{\"mode\":\"error500\",\"times\":1}");
	answers(confirm(&in), 504, "payment.unknown");
	kit_clock(k, 31);
	janitor();
	state_is(&in, "paid|");
	cr_assert_str_eq(attempts(), "1:FAILED_INTERNAL_SYSTEM_PROCESSING 2:");
	cr_assert_eq(captured(in.order_id), 1000);
}

Test(resolve, the_buyer_who_asks_again_behind_a_kept_error_is_told_paid)
{
	struct intent in = agreed(1000, "success");

	switch_confirm("{\"mode\":\"error500\",\"times\":1}");
	answers(confirm_with_key(&in, "one"), 504, "payment.unknown");
	answers(confirm_with_key(&in, "one"), 200, "");
	cr_assert_eq(calls("toss.get"), 1);
	cr_assert_str_eq(attempts(), "1:FAILED_INTERNAL_SYSTEM_PROCESSING 2:");
}

Test(resolve, silence_gets_no_new_key)
{
	struct intent in = agreed(1000, "success");

	switch_confirm("{\"mode\":\"timeout_before\",\"delay_ms\":700,\"times\":2}");
	answers(confirm(&in), 504, "payment.unknown");
	answers(confirm(&in), 504, "payment.unknown");
	kit_clock(k, 31);
	janitor();
	state_is(&in, "paid|");
	cr_assert_str_eq(attempts(), "1:");
}

Test(resolve, garbage_is_unknown_and_settled_by_what_the_provider_says_later)
{
	struct intent before = agreed(1000, "success"), after = agreed(2000, "success");

	switch_confirm("[{\"mode\":\"garbage\",\"times\":1},{\"mode\":\"garbage_after\",\"times\":1}]");
	answers(confirm(&before), 504, "payment.unknown");
	answers(confirm(&after), 504, "payment.unknown");
	kit_clock(k, 31);
	janitor();
	state_is(&before, "paid|");
	state_is(&after, "paid|");
}

Test(resolve, an_error_of_the_provider_settles_nothing)
{
	struct intent in = agreed(1000, "success");

	switch_confirm("{\"mode\":\"error500_after\",\"times\":1}");
	answers(confirm(&in), 504, "payment.unknown");
	kit_clock(k, 31);
	janitor();
	state_is(&in, "paid|");
}

Test(resolve, a_refusal_to_be_read_does_not_end_a_captured_payment)
{
	struct intent in = agreed(50000, "success");

	switch_confirm("{\"mode\":\"timeout_after\",\"delay_ms\":700,\"times\":1}");
	answers(confirm(&in), 504, "payment.unknown");
	sandbox("PUT", "/sandbox/switches", "{\"toss.get\":[{\"mode\":\"decline\",\"code\":\"FORBIDDEN_REQUEST\",\"times\":1},"
	    "{\"mode\":\"decline\",\"code\":\"INVALID_API_KEY\",\"times\":1}]}");
	for (int i = 0; i < 2; i++) {
		kit_clock(k, 61);
		janitor();
		state_is(&in, "unknown|");
	}
	kit_clock(k, 61);
	janitor();
	state_is(&in, "paid|");
}

Test(resolve, a_dead_provider_is_unknown_too)
{
	struct intent in = agreed(1000, "success");

	switch_confirm("{\"mode\":\"refuse\"}");
	answers(confirm(&in), 504, "payment.unknown");
	switch_confirm("null");
	kit_clock(k, 31);
	janitor();
	state_is(&in, "paid|");
}

/* ---- abandoned */

Test(resolve, an_intent_nobody_came_back_to_ends_at_last)
{
	struct intent in = intend(1000);

	kit_clock(k, 1801);
	janitor();
	state_is(&in, "created|");
	kit_clock(k, 600);
	janitor();
	state_is(&in, "failed|EXPIRED");
	cr_assert_eq(jobs_left(), 0);
}

Test(resolve, an_agreement_nobody_confirmed_ends_when_the_provider_has_let_it_go)
{
	struct intent in = agreed(1000, "success");

	kit_clock(k, 1801);
	janitor();
	state_is(&in, "failed|EXPIRED");
	cr_assert_eq(jobs_left(), 0);
	cr_assert_eq(captured(in.order_id), 0);
}
