/* Charges given back: points first, money after, no more than was paid, and every part told once. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/billing/till.h"

static struct intent in;

static void
begin(void)
{
	till_open();
	in = agreed(50000, "success");
	cr_assert_eq(confirm(&in).status, 200);
	(void)kit_event(k, &payment_settled_v1_event);
}

TestSuite(cancel, .init = begin, .fini = till_close, .timeout = 120);

static struct kit_reply
cancel(const char *json)
{
	return kit_call(k, kit_print("POST /api/payments/%s/cancellations", in.id), json);
}

/* A part that was asked for: its id. What was told of it is checked. */
static const char *
cancelled(int64_t krw)
{
	struct kit_reply r = cancel(kit_print("{\"amountKrw\":%lld,\"reason\":\"changed my mind\"}", (long long)krw));
	const struct payment_cancel_requested_v1 *ev;

	answers(r, 201, "");
	cr_assert_str_eq(kit_json_text(r.body, "status"), "requested");
	ev = kit_event(k, &payment_cancel_requested_v1_event);
	cr_assert_str_eq(id_text(ev->cancel_id), kit_json_text(r.body, "id"));
	cr_assert_str_eq(id_text(ev->payment_id), in.id);
	cr_assert(ev->amount_krw == krw && uuid_eq(ev->user_id, in.payer.user) && uuid_eq(ev->company_id, in.payer.company));
	return kit_json_text(r.body, "id");
}

static struct uuid
id_of(const char *text)
{
	struct uuid id;

	kit_sure(uuid_parse(text_of(text), &id));
	return id;
}

static void
held(const char *cancel_id, int64_t krw)
{
	cr_assert_null(kit_hear(k, &points_held_v1_event, in.payer.company, &(struct points_held_v1){
	    .cancel_id = id_of(cancel_id), .payment_id = id_of(in.id), .user_id = in.payer.user,
	    .company_id = in.payer.company, .amount_krw = krw, .held_at = clock_now_us() }));
}

static void
refused(const char *cancel_id, int64_t krw)
{
	cr_assert_null(kit_hear(k, &points_refused_v1_event, in.payer.company, &(struct points_refused_v1){
	    .cancel_id = id_of(cancel_id), .payment_id = id_of(in.id), .user_id = in.payer.user,
	    .company_id = in.payer.company, .amount_krw = krw, .reason = TEXT("points_short"), .refused_at = clock_now_us() }));
}

/* "status:krw" of all parts, in their order. */
static const char *
parts(void)
{
	return kit_sql(k, "SELECT string_agg(status || ':' || amount_krw, ' ' ORDER BY id) FROM cancellation");
}

static void
parts_are(const char *expected)
{
	cr_expect_str_eq(parts(), expected, "%s, not %s", parts(), expected);
}

static void
told_refunded(const char *cancel_id, int64_t delta, int64_t cumulative)
{
	const struct payment_refunded_v1 *ev = kit_event(k, &payment_refunded_v1_event);

	cr_expect_str_eq(id_text(ev->cancel_id), cancel_id);
	cr_expect(text_is(ev->order_id, in.order_id) && uuid_eq(ev->user_id, in.payer.user));
	cr_expect(ev->delta_krw == delta && ev->cumulative_krw == cumulative && ev->amount_krw == in.krw);
}

static void
switch_cancel(const char *rule)
{
	sandbox("PUT", "/sandbox/switches", kit_print("{\"toss.cancel\":%s}", rule));
}

/* ---- the way it goes */

Test(cancel, the_provider_is_asked_only_behind_the_points_and_every_part_is_told)
{
	const char *first = cancelled(20000), *second;

	kit_clock(k, 3600);
	janitor();
	cr_assert_eq(calls("toss.cancel"), 0);
	parts_are("requested:20000");
	held(first, 20000);
	janitor();
	state_is(&in, "partially_refunded|");
	told_refunded(first, 20000, 20000);
	cr_assert_eq(given_back(in.order_id), 20000);
	as_payer(&in.payer);
	second = cancelled(30000);
	held(second, 30000);
	janitor();
	state_is(&in, "refunded|");
	told_refunded(second, 30000, 50000);
	parts_are("refunded:20000 refunded:30000");
	cr_assert(kit_no_event(k));
	cr_assert_eq(given_back(in.order_id), 50000);
	answers(cancel("{\"reason\":\"more\"}"), 409, "payment.not_paid");
}

Test(cancel, without_a_sum_all_that_is_left_goes_back)
{
	const char *first = cancelled(1);
	struct kit_reply r = cancel("{\"reason\":\"the rest\"}");

	answers(r, 201, "");
	cr_assert_eq(kit_json_i64(r.body, "amountKrw"), 49999);
	(void)kit_event(k, &payment_cancel_requested_v1_event);
	refused(first, 1);
	held(kit_json_text(r.body, "id"), 49999);
	janitor();
	told_refunded(kit_json_text(r.body, "id"), 49999, 49999);
	state_is(&in, "partially_refunded|");
	parts_are("refused:1 refunded:49999");
}

Test(cancel, a_payment_shows_its_cancellations)
{
	const char *first = cancelled(20000), *body;

	refused(first, 20000);
	held(cancelled(10000), 10000);
	janitor();
	as_payer(&in.payer);
	body = kit_call(k, kit_print("GET /api/payments/%s", in.id), NULL).body;
	cr_expect_eq(kit_json_length(body, "cancellations"), 2);
	cr_expect_str_eq(kit_json_text(body, "cancellations.0.id"), first);
	cr_expect_str_eq(kit_json_text(body, "cancellations.0.status"), "refused");
	cr_expect_str_eq(kit_json_text(body, "cancellations.0.failureCode"), "points_short");
	cr_expect_str_eq(kit_json_text(body, "cancellations.1.status"), "refunded");
	cr_expect_eq(kit_json_i64(body, "refundedKrw"), 10000);
	(void)kit_event(k, &payment_refunded_v1_event);
}

/* ---- refused */

Test(cancel, points_that_are_spent_keep_the_money_where_it_is)
{
	const char *id = cancelled(50000);

	refused(id, 50000);
	held(id, 50000);                      /* too late: it has ended */
	janitor();
	parts_are("refused:50000");
	state_is(&in, "paid|");
	cr_assert_eq(calls("toss.cancel"), 0);
	cr_assert(kit_no_event(k));
	held(cancelled(50000), 50000);        /* nothing stays reserved */
	janitor();
	state_is(&in, "refunded|");
	(void)kit_event(k, &payment_refunded_v1_event);
}

Test(cancel, only_the_payer_and_operators_may_and_only_what_is_paid)
{
	struct intent other = intend(1000);

	answers(cancel("{\"reason\":\"not mine\"}"), 404, "payment.not_found");
	kit_as_user(k, uuid_new(), in.payer.company, UINT64_MAX);
	answers(cancel("{\"reason\":\"a colleague's\"}"), 404, "payment.not_found");
	kit_as_customer(k, in.payer.user, in.payer.company);
	answers(cancel("{\"reason\":\"another kind of caller\"}"), 403, "http.forbidden");
	as_payer(&other.payer);
	answers(kit_call(k, kit_print("POST /api/payments/%s/cancellations", other.id), "{\"reason\":\"x\"}"), 409,
	    "payment.not_paid");
	kit_as_operator(k);
	held(cancelled(50000), 50000);
	janitor();
	(void)kit_event(k, &payment_refunded_v1_event);
	cr_assert_str_neq(kit_sql(k, "SELECT requested_by FROM cancellation"), id_text(in.payer.user));
}

Test(cancel, sums_that_are_none_or_too_much_are_refused)
{
	static const char *const bad[] = { "{}", "{\"reason\":\"\"}", "{\"reason\":\"x\",\"amountKrw\":0}",
		"{\"reason\":\"x\",\"amountKrw\":-1}", "{\"reason\":\"x\",\"amountKrw\":1.5}", "{\"reason\":\"a\\nb\"}",
		"{\"reason\":\"x\",\"userId\":\"y\"}" };

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		answers(cancel(bad[i]), 400, "request.invalid");
	answers(cancel("{\"reason\":\"x\",\"amountKrw\":50001}"), 422, "payment.cancel_exceeds");
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM cancellation"), "0");
}

Test(cancel, a_final_refusal_of_the_provider_gives_the_points_back_once)
{
	const char *id = cancelled(50000);
	const struct payment_cancel_failed_v1 *ev;

	switch_cancel("{\"mode\":\"decline\",\"code\":\"NOT_CANCELABLE_PAYMENT\"}");
	held(id, 50000);
	janitor();
	parts_are("failed:50000");
	ev = kit_event(k, &payment_cancel_failed_v1_event);
	cr_assert_str_eq(id_text(ev->cancel_id), id);
	cr_assert(ev->amount_krw == 50000 && uuid_eq(ev->user_id, in.payer.user));
	held(id, 50000);
	kit_clock(k, 3600);
	janitor();
	cr_assert(kit_no_event(k));
	state_is(&in, "paid|");
	cr_assert_str_eq(kit_sql(k, "SELECT failure_code FROM cancellation"), "NOT_CANCELABLE_PAYMENT");
}

/* ---- unknown */

static void
unknown_then_refunded(const char *rule, int64_t expected_calls)
{
	const char *id = cancelled(20000);

	switch_cancel(rule);
	held(id, 20000);
	janitor();
	cr_expect_str_eq(kit_sql(k, "SELECT status FROM cancellation WHERE id = '%s'", id), "unknown");
	cr_expect(kit_no_event(k));
	kit_clock(k, 61);
	janitor();
	told_refunded(id, 20000, 20000);
	cr_expect_eq(given_back(in.order_id), 20000);
	cr_expect_eq(calls("toss.cancel"), expected_calls);
	cr_expect(kit_no_event(k));
}

Test(cancel, an_answer_that_was_lost_is_found_among_the_parts_without_a_second_call)
{
	unknown_then_refunded("{\"mode\":\"timeout_after\",\"delay_ms\":700,\"times\":1}", 1);
}

Test(cancel, garbage_settles_nothing)
{
	unknown_then_refunded("{\"mode\":\"garbage_after\",\"times\":1}", 1);
}

Test(cancel, a_call_that_never_arrived_is_made_again_under_the_same_key)
{
	unknown_then_refunded("{\"mode\":\"timeout_before\",\"delay_ms\":700,\"times\":1}", 2);
	cr_assert_str_eq(kit_sql(k, "SELECT max(a.number) FROM attempt a JOIN cancellation c ON c.id = a.subject"), "1");
}

Test(cancel, an_error_that_the_provider_keeps_gets_a_next_key)
{
	unknown_then_refunded("{\"mode\":\"error500\",\"times\":1}", 2);
	cr_assert_str_eq(kit_sql(k, "SELECT string_agg(number || ':' || coalesce(answer, ''), ' ' ORDER BY number) FROM attempt a "
	    "JOIN cancellation c ON c.id = a.subject"), "1:FAILED_INTERNAL_SYSTEM_PROCESSING 2:");
}

Test(cancel, while_the_provider_cannot_be_read_the_points_stay_held)
{
	const char *id = cancelled(20000);

	switch_cancel("{\"mode\":\"timeout_after\",\"delay_ms\":700,\"times\":1}");
	held(id, 20000);
	janitor();
	sandbox("PUT", "/sandbox/switches", "{\"toss.get\":{\"mode\":\"error500\"}}");
	for (int i = 0; i < 5; i++) {
		kit_clock(k, 86400);
		janitor();
		parts_are("unknown:20000");
	}
	cr_assert(kit_no_event(k));
	sandbox("PUT", "/sandbox/switches", "{\"toss.get\":null}");
	kit_clock(k, 61);
	janitor();
	told_refunded(id, 20000, 20000);
}

/* ---- again and at once */

Test(cancel, events_heard_again_change_nothing)
{
	const char *id = cancelled(20000);

	for (int i = 0; i < 3; i++) {
		held(id, 20000);
		janitor();
		refused(id, 20000);
	}
	parts_are("refunded:20000");
	told_refunded(id, 20000, 20000);
	cr_assert(kit_no_event(k));
	cr_assert_eq(calls("toss.cancel"), 1);
	held(id_text(uuid_new()), 20000);
	refused(id_text(uuid_new()), 20000);
	held(cancelled(5000), 4999);          /* points of another sum are not those of this part */
	janitor();
	parts_are("refunded:20000 requested:5000");
}

Test(cancel, one_key_asks_once)
{
	struct kit_reply first, second;
	const char *path = kit_print("POST /api/payments/%s/cancellations", in.id);

	first = kit_call(k, path, "{\"reason\":\"x\",\"amountKrw\":7}", "Idempotency-Key: k");
	second = kit_call(k, path, "{\"reason\":\"x\",\"amountKrw\":7}", "Idempotency-Key: k");
	answers(first, 201, "");
	cr_assert_str_eq(first.body, second.body);
	answers(kit_call(k, path, "{\"reason\":\"x\",\"amountKrw\":8}", "Idempotency-Key: k"), 422, "idempotency.other_body");
	parts_are("requested:7");
	(void)kit_event(k, &payment_cancel_requested_v1_event);
}

enum { CROWD = 8 };
static struct kit_reply replies[CROWD];

static void *
ask_for_most(void *arg)
{
	struct kit_reply *reply = arg;

	as_payer(&in.payer);
	*reply = cancel("{\"reason\":\"race\",\"amountKrw\":30000}");
	return NULL;
}

Test(cancel, of_parallel_parts_over_the_rest_one_is_taken)
{
	pthread_t threads[CROWD];
	int taken = 0;

	for (int i = 0; i < CROWD; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, ask_for_most, &replies[i]), 0);
	for (int i = 0; i < CROWD; i++) {
		pthread_join(threads[i], NULL);
		taken += replies[i].status == 201;
		cr_expect(replies[i].status == 201 || strcmp(replies[i].slug, "payment.cancel_exceeds") == 0, "%s",
		    replies[i].body);
	}
	cr_assert_eq(taken, 1);
	(void)kit_event(k, &payment_cancel_requested_v1_event);
	cr_assert(kit_no_event(k));
}

Test(cancel, more_than_was_paid_can_never_be_reserved_or_given_back)
{
	cr_assert_str_eq(kit_sql(k, "DO $$ BEGIN UPDATE payment SET reserved_krw = amount_krw + 1; RAISE 'taken'; "
	    "EXCEPTION WHEN check_violation THEN NULL; END $$"), "");
	cr_assert_str_eq(kit_sql(k, "DO $$ BEGIN UPDATE payment SET refunded_krw = 1; RAISE 'taken'; "
	    "EXCEPTION WHEN check_violation THEN NULL; END $$"), "");
}
