/* Money at the provider that is not as the books say: told once, given back once, or left to an operator. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "tests/integration/billing/till.h"

TestSuite(review, .init = till_open, .fini = till_close, .timeout = 120);

static void
alarmed(const char *code, const struct intent *in, int64_t krw)
{
	const struct payment_alarmed_v1 *ev = kit_event(k, &payment_alarmed_v1_event);

	cr_expect(text_is(ev->code, code), "%.*s", TEXT_ARG(ev->code));
	cr_expect(text_is(ev->order_id, in->order_id) && ev->amount_krw == krw);
	cr_expect(ev->has_payment_id);
	cr_expect_str_eq(id_text(ev->payment_id), in->id);
}

static const char *
reviews(void)
{
	return kit_sql(k, "SELECT string_agg(code || ':' || state, ' ' ORDER BY id) FROM payment_review");
}

static void
reviews_are(const char *expected)
{
	cr_expect_str_eq(reviews(), expected, "%s, not %s", reviews(), expected);
}

static void
hint(const struct intent *in)
{
	cr_assert_eq(tell(kit_print("{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"data\":{\"orderId\":\"%s\"}}",
	    in->order_id)).status, 200);
}

/* Captured at the provider behind our back: with this sum, whatever the intent says. */
static void
capture(struct intent *in, int64_t krw)
{
	struct kit_reply r;

	in->key = kit_json_text(sandbox("POST", "/sandbox/toss/authenticate", kit_print("{\"orderId\":\"%s\",\"amount\":%lld}",
	    in->order_id, (long long)krw)), "paymentKey");
	r = kit_http(NULL, "POST", kit_print("%s/v1/payments/confirm", getenv("DURE_TOSS_BASE_URL")),
	    kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amount\":%lld}", in->key, in->order_id, (long long)krw),
	    "Authorization: Basic dGVzdF9za19zYW5kYm94Og==");
	cr_assert_eq(r.status, 200, "%s", r.body);
}

/* A payment that has failed here and is captured there all the same. */
static struct intent
captured_late(int64_t krw)
{
	struct intent in = intend(krw);

	kit_clock(k, 2401);
	janitor();
	state_is(&in, "failed|EXPIRED");
	(void)kit_event(k, &payment_failed_v1_event);
	capture(&in, krw);
	return in;
}

/* The client does not call a dead provider for a while, which is real time: the janitor asks until nothing is left. */
static bool
is_settled(void)
{
	kit_clock(k, 600);
	janitor();
	return jobs_left() == 0;
}

Test(review, an_hour_of_silence_behind_a_capture_ends_with_the_money_back_and_an_alarm)
{
	struct intent in = agreed(50000, "success");

	sandbox("PUT", "/sandbox/switches", "{\"toss.confirm\":{\"mode\":\"timeout_after\",\"delay_ms\":700,\"times\":1},"
	    "\"toss.get\":{\"mode\":\"refuse\"}}");
	answers(confirm(&in), 504, "payment.unknown");
	for (int i = 0; i < 6; i++) {
		kit_clock(k, 600);
		janitor();
	}
	state_is(&in, "failed|EXPIRED");
	(void)kit_event(k, &payment_failed_v1_event);
	cr_assert_eq(captured(in.order_id), 50000);
	sandbox("PUT", "/sandbox/switches", "{\"toss.get\":null}");
	kit_until(10000, is_settled());
	alarmed("late_capture", &in, 50000);
	reviews_are("late_capture:cancelled");
	cr_assert_eq(given_back(in.order_id), 50000);
	cr_assert(kit_no_event(k));
}

Test(review, an_hour_of_silence_before_the_capture_ends_without_money)
{
	struct intent in = agreed(50000, "success");

	sandbox("PUT", "/sandbox/switches", "{\"toss.confirm\":{\"mode\":\"refuse\"},\"toss.get\":{\"mode\":\"refuse\"}}");
	answers(confirm(&in), 504, "payment.unknown");
	for (int i = 0; i < 6; i++) {
		kit_clock(k, 600);
		janitor();
	}
	sandbox("PUT", "/sandbox/switches", "{\"toss.confirm\":null,\"toss.get\":null}");
	kit_until(10000, is_settled());
	state_is(&in, "failed|EXPIRED");
	(void)kit_event(k, &payment_failed_v1_event);
	cr_assert(kit_no_event(k));
	cr_assert_eq(captured(in.order_id), 0);
}

Test(review, a_capture_of_another_sum_goes_back_once_and_is_told_once)
{
	struct intent in = intend(50000);

	capture(&in, 49000);
	for (int i = 0; i < 3; i++) {
		hint(&in);
		kit_clock(k, 11);
		janitor();
	}
	state_is(&in, "failed|AMOUNT_MISMATCH");
	alarmed("amount_mismatch", &in, 49000);
	(void)kit_event(k, &payment_failed_v1_event);
	cr_assert(kit_no_event(k));
	reviews_are("amount_mismatch:cancelled");
	cr_assert_eq(given_back(in.order_id), 49000);
	cr_assert_eq(calls("toss.cancel"), 1);
}

Test(review, a_capture_of_a_failed_payment_goes_back_on_a_hint_however_often_it_comes)
{
	struct intent in = captured_late(1000);

	for (int i = 0; i < 5; i++) {
		hint(&in);
		kit_clock(k, 11);
		janitor();
	}
	state_is(&in, "failed|EXPIRED");
	alarmed("late_capture", &in, 1000);
	cr_assert(kit_no_event(k));
	cr_assert_eq(given_back(in.order_id), 1000);
	cr_assert_eq(calls("toss.cancel"), 1);
}

Test(review, a_capture_of_a_payment_given_up_goes_back_when_its_time_is_over)
{
	struct intent in = intend(1000);

	cr_assert_eq(kit_call(k, kit_print("DELETE /api/payments/%s", in.id), NULL).status, 204);
	(void)kit_event(k, &payment_cancelled_v1_event);
	capture(&in, 1000);
	kit_clock(k, 1801);
	janitor();
	state_is(&in, "cancelled|");
	alarmed("late_capture", &in, 1000);
	reviews_are("late_capture:cancelled");
}

Test(review, an_answer_lost_on_the_way_back_is_not_given_back_twice)
{
	struct intent in = captured_late(1000);

	sandbox("PUT", "/sandbox/switches", "{\"toss.cancel\":{\"mode\":\"timeout_after\",\"delay_ms\":700,\"times\":1}}");
	hint(&in);
	janitor();
	reviews_are("late_capture:cancelling");
	kit_clock(k, 61);
	janitor();
	reviews_are("late_capture:cancelled");
	cr_assert_eq(calls("toss.cancel"), 1);
	(void)kit_event(k, &payment_alarmed_v1_event);
}

Test(review, an_error_that_the_provider_keeps_gets_a_next_key)
{
	struct intent in = captured_late(1000);

	sandbox("PUT", "/sandbox/switches", "{\"toss.cancel\":{\"mode\":\"error500\",\"times\":1}}");
	hint(&in);
	janitor();
	kit_clock(k, 61);
	janitor();
	reviews_are("late_capture:cancelled");
	cr_assert_eq(given_back(in.order_id), 1000);
	cr_assert_eq(calls("toss.cancel"), 2);
	(void)kit_event(k, &payment_alarmed_v1_event);
}

/* ---- decided by people */

static struct kit_reply
decide(const char *id, const char *decision)
{
	return kit_call(k, kit_print("POST /api/payment-reviews/%s/decisions", id),
	    kit_print("{\"decision\":\"%s\",\"reason\":\"spoke with the buyer\"}", decision));
}

static const char *
open_review(void)
{
	struct kit_reply r;

	kit_as_operator(k);
	r = kit_call(k, "GET /api/payment-reviews?state=open", NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 1, "%s", r.body);
	return kit_json_text(r.body, "items.0.id");
}

Test(review, behind_a_restore_nothing_goes_back_before_an_operator_says_so)
{
	struct intent in = captured_late(1000);
	struct kit_reply r;
	const char *id;

	kit_sql(k, "UPDATE guard SET automatic_cancels = false, reason = 'restored'");
	hint(&in);
	janitor();
	alarmed("late_capture", &in, 1000);
	reviews_are("late_capture:open");
	cr_assert_eq(calls("toss.cancel"), 0);
	id = open_review();
	answers(decide(id, "refund"), 400, "request.invalid");
	r = decide(id, "cancel");
	answers(r, 200, "");
	cr_assert_str_eq(kit_json_text(r.body, "state"), "cancelling");
	cr_assert_str_eq(kit_json_text(r.body, "reason"), "spoke with the buyer");
	answers(decide(id, "accept"), 409, "review.decided");
	janitor();
	reviews_are("late_capture:cancelled");
	cr_assert_eq(given_back(in.order_id), 1000);
	cr_assert_str_eq(kit_sql(k, "SELECT decided_by IS NOT NULL AND decided_at IS NOT NULL FROM payment_review"), "t");
}

Test(review, a_way_back_that_the_provider_refuses_is_open_again_and_told)
{
	struct intent in = captured_late(1000);

	sandbox("PUT", "/sandbox/switches", "{\"toss.cancel\":{\"mode\":\"decline\",\"code\":\"NOT_CANCELABLE_PAYMENT\"}}");
	hint(&in);
	janitor();
	alarmed("late_capture", &in, 1000);
	alarmed("cancel_refused", &in, 1000);
	reviews_are("late_capture:open");
	cr_assert_eq(jobs_left(), 0);
	answers(decide(open_review(), "accept"), 200, "");
	reviews_are("late_capture:accepted");
	cr_assert_eq(given_back(in.order_id), 0);
	cr_assert(kit_no_event(k));
}

Test(review, the_list_is_for_operators)
{
	struct payer p = payer_new();

	as_payer(&p);
	answers(kit_call(k, "GET /api/payment-reviews", NULL), 403, "http.forbidden");
	answers(decide(id_text(uuid_new()), "cancel"), 403, "http.forbidden");
	kit_as_nobody(k);
	answers(kit_call(k, "GET /api/payment-reviews", NULL), 401, "http.sign_in");
	kit_as_operator(k);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/payment-reviews", NULL).body, "items"), 0);
	answers(decide(id_text(uuid_new()), "cancel"), 404, "review.not_found");
}
