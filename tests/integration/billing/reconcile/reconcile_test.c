/* The books against the provider's list, day by day, and what is done about a difference. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "services/billing/reconcile/reconcile.h"
#include "tests/integration/billing/till.h"

TestSuite(reconcile, .init = till_open, .fini = till_close, .timeout = 120);

/* ---- words */

struct order { const struct err *(*run)(struct req *rq, int argc, char **argv); const char *argv[3]; int argc; };

static const struct err *
run_command(struct req *rq, void *arg)
{
	struct order *o = arg;
	char *argv[3];

	for (int i = 0; i < o->argc; i++)
		argv[i] = strdup(o->argv[i]);
	return o->run(rq, o->argc, argv);
}

static const char *
today(void)
{
	struct day d = day_in_seoul(clock_now_us());

	return kit_print("%04d-%02d-%02d", d.year, d.month, d.day);
}

static void
compare(const char *day)
{
	struct order o = { command_reconcile, { "reconcile", day }, 2 };

	cr_assert_null(kit_part(k, TX_NONE, run_command, &o));
	janitor();
}

static void
compare_today(void)
{
	compare(today());
}

static struct kit_reply
day_read(void)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("GET /api/payment-reconciliations/%s", today()), NULL);
}

static void
differences_are(int64_t expected)
{
	struct kit_reply r = day_read();

	cr_expect_eq(kit_json_i64(r.body, "differences"), expected, "%s", r.body);
	cr_expect_eq((int64_t)kit_json_length(r.body, "found"), expected, "%s", r.body);
}

static const struct payment_alarmed_v1 *
alarmed(const char *code)
{
	const struct payment_alarmed_v1 *ev = kit_event(k, &payment_alarmed_v1_event);

	cr_expect(text_is(ev->code, code), "%.*s, not %s", TEXT_ARG(ev->code), code);
	return ev;
}

static struct kit_reply
toss(const char *path, const char *json)
{
	return kit_http(NULL, "POST", kit_print("%s%s", getenv("DURE_TOSS_BASE_URL"), path), json,
	    "Authorization: Basic dGVzdF9za19zYW5kYm94Og==");
}

/* A capture that billing knows nothing of: its payment key. */
static const char *
capture_there(const char *order_id, int64_t krw)
{
	const char *key = kit_json_text(sandbox("POST", "/sandbox/toss/authenticate", kit_print("{\"orderId\":\"%s\","
	    "\"amount\":%lld}", order_id, (long long)krw)), "paymentKey");

	cr_assert_eq(toss("/v1/payments/confirm", kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amount\":%lld}", key,
	    order_id, (long long)krw)).status, 200);
	return key;
}

static struct intent
paid(int64_t krw)
{
	struct intent in = agreed(krw, "success");

	answers(confirm(&in), 200, "");
	(void)kit_event(k, &payment_settled_v1_event);
	return in;
}

static void
give_back(const struct intent *in, int64_t krw)
{
	const struct payment_cancel_requested_v1 *ev;

	as_payer(&in->payer);
	answers(kit_call(k, kit_print("POST /api/payments/%s/cancellations", in->id),
	    kit_print("{\"amountKrw\":%lld,\"reason\":\"x\"}", (long long)krw)), 201, "");
	ev = kit_event(k, &payment_cancel_requested_v1_event);
	cr_assert_null(kit_hear(k, &points_held_v1_event, ev->company_id, &(struct points_held_v1){ .cancel_id = ev->cancel_id,
	    .payment_id = ev->payment_id, .user_id = ev->user_id, .company_id = ev->company_id, .amount_krw = krw }));
	janitor();
	(void)kit_event(k, &payment_refunded_v1_event);
}

/* ---- a day */

Test(reconcile, a_day_that_agrees_says_so_and_alarms_nobody)
{
	struct intent in = paid(50000);
	struct kit_reply r;

	(void)paid(1000);
	(void)agreed(7000, "success");
	give_back(&in, 20000);
	compare_today();
	r = day_read();
	cr_expect_eq(kit_json_i64(r.body, "differences"), 0, "%s", r.body);
	cr_expect_eq(kit_json_i64(r.body, "oursKrw"), 31000);
	cr_expect_eq(kit_json_i64(r.body, "theirsKrw"), 31000);
	cr_expect_eq(kit_json_i64(r.body, "transactions"), 3);
	cr_expect_not_null(kit_json_text(r.body, "ranAt"));
	cr_assert(kit_no_event(k));
}

Test(reconcile, a_capture_of_an_order_nobody_knows_is_reviewed_and_never_goes_back_by_itself)
{
	const char *order = "dev-local-AAAAAAAAAAAAAAAAAAAAAA";
	const struct payment_alarmed_v1 *ev;
	struct kit_reply r;

	capture_there(order, 3000);
	capture_there("prod-seoul1-AAAAAAAAAAAAAAAAAAAAAA", 5000);       /* of another installation */
	compare_today();
	differences_are(1);
	ev = alarmed("unknown_capture");
	cr_assert(text_is(ev->order_id, order) && ev->amount_krw == 3000 && !ev->has_payment_id);
	ev = alarmed("reconciliation");
	cr_assert(text_is(ev->order_id, order) && ev->amount_krw == 3000);
	compare_today();
	differences_are(0);                     /* it is on the review list: known */
	cr_assert(kit_no_event(k));
	cr_assert_eq(calls("toss.cancel"), 0);
	r = kit_call(k, "GET /api/payment-reviews", NULL);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.state"), "open");
	answers(kit_call(k, kit_print("POST /api/payment-reviews/%s/decisions", kit_json_text(r.body, "items.0.id")),
	    "{\"decision\":\"cancel\",\"reason\":\"nobody's\"}"), 200, "");
	janitor();
	cr_assert_eq(given_back(order), 3000);
	compare_today();
	differences_are(0);
}

Test(reconcile, money_that_is_not_there_is_a_difference)
{
	(void)paid(50000);
	sandbox("POST", "/sandbox/reset", "{}");
	compare_today();
	differences_are(1);
	cr_assert_eq(alarmed("reconciliation")->amount_krw, -50000);
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM payment_review"), "0");
	kit_sql(k, "DELETE FROM outbox; DELETE FROM payment_move; DELETE FROM payment");
}

Test(reconcile, a_capture_whose_webhook_never_came_is_found_at_night_and_goes_back)
{
	struct intent in = intend(1000);

	kit_clock(k, 2401);
	janitor();
	(void)kit_event(k, &payment_failed_v1_event);
	capture_there(in.order_id, 1000);
	compare_today();
	(void)alarmed("reconciliation");
	(void)alarmed("late_capture");
	cr_assert_eq(given_back(in.order_id), 1000);
	compare_today();
	differences_are(0);
	cr_assert(kit_no_event(k));
}

Test(reconcile, what_was_given_back_behind_our_back_is_a_difference)
{
	struct intent in = paid(50000);

	cr_assert_eq(toss(kit_print("/v1/payments/%s/cancel", in.key), "{\"cancelReason\":\"by hand\",\"cancelAmount\":4000}")
	    .status, 200);
	compare_today();
	cr_expect_eq(kit_json_i64(day_read().body, "found.0.theirsRefundedKrw"), 4000);
	cr_expect_eq(kit_json_i64(day_read().body, "found.0.oursRefundedKrw"), 0);
	(void)alarmed("reconciliation");
	cr_assert(kit_no_event(k));
	kit_sql(k, "DELETE FROM outbox; DELETE FROM payment_move; DELETE FROM payment");
}

enum { MANY = 405 };

Test(reconcile, a_day_of_several_pages_is_read_to_its_end)
{
	for (int i = 0; i < MANY; i++)
		capture_there(kit_print("other-%d", i), 100);
	(void)paid(50000);
	compare_today();
	differences_are(0);
	cr_assert_eq(calls("toss.transactions"), 2);
	cr_assert_eq(kit_json_i64(day_read().body, "theirsKrw"), 50000);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM reconciliation_entry"), "0");
}

Test(reconcile, nights_that_nobody_was_there_for_are_made_up_for)
{
	static const char *const of = "SELECT count(*) || ' from ' || min(day) || ' to ' || max(day) FROM reconciliation "
	    "WHERE ran_at IS NOT NULL";

	compare("2026-03-02");
	cr_expect_str_eq(kit_sql(k, of), "1 from 2026-03-02 to 2026-03-02", "there was nothing before the first");
	compare("2026-03-03");
	compare("2026-03-07");
	cr_expect_str_eq(kit_sql(k, of), "6 from 2026-03-02 to 2026-03-07");
	compare("2026-05-07");
	cr_expect_str_eq(kit_sql(k, of), "67 from 2026-03-02 to 2026-05-07");
}

Test(reconcile, a_list_that_cannot_be_had_or_read_is_asked_for_again)
{
	struct order o = { command_reconcile, { "reconcile", today() }, 2 };

	(void)paid(50000);
	cr_assert_null(kit_part(k, TX_NONE, run_command, &o));
	sandbox("PUT", "/sandbox/switches", "{\"toss.transactions\":[{\"mode\":\"error500\",\"times\":1},{\"mode\":\"garbage\","
	    "\"times\":1}]}");
	for (int i = 0; i < 2; i++)
		cr_assert_not_null(kit_job(k, "payment_reconcile", kit_sql(k, "SELECT key FROM jobs WHERE kind = "
		    "'payment_reconcile'"), ""));
	janitor();
	differences_are(0);
	cr_assert(kit_no_event(k));
}

/* ---- restored */

Test(reconcile, behind_a_restore_automatic_cancels_wait_for_an_acknowledged_comparison)
{
	struct order off = { command_cancels, { "cancels", "off", "restored from the backup of 04:00" }, 3 };
	struct order ack = { command_acknowledge, { "acknowledge", today(), "looked at" }, 3 };
	const char *path = kit_print("POST /api/payment-reconciliations/%s/acknowledgements", today());

	compare_today();
	kit_clock(k, 1);
	cr_assert_null(kit_part(k, TX_NONE, run_command, &off));
	cr_assert_str_eq(kit_sql(k, "SELECT automatic_cancels, reason FROM guard"), "f|restored from the backup of 04:00");
	cr_assert_null(kit_part(k, TX_NONE, run_command, &ack));
	cr_assert_str_eq(kit_sql(k, "SELECT automatic_cancels FROM guard"), "f", "that comparison was before the restore");
	compare_today();
	cr_assert_str_eq(kit_sql(k, "SELECT automatic_cancels FROM guard"), "f");
	kit_as_operator(k);
	answers(kit_call(k, path, "{}"), 400, "request.invalid");
	answers(kit_call(k, path, "{\"reason\":\"looked at\"}"), 200, "");
	cr_assert_str_eq(kit_sql(k, "SELECT automatic_cancels FROM guard"), "t");
	cr_assert_str_eq(kit_json_text(day_read().body, "acknowledgement"), "looked at");
}

Test(reconcile, days_that_are_none_are_refused)
{
	static const char *const bad[] = { "2026-02-30", "2026-13-01", "2026-1-011", "20260101--", "yesterday-", "2026-00-10" };
	struct payer p = payer_new();

	kit_as_operator(k);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		answers(kit_call(k, kit_print("GET /api/payment-reconciliations/%s", bad[i]), NULL), 404,
		    "reconciliation.not_found");
		answers(kit_call(k, kit_print("GET /api/payments/daily-totals?from=%s&to=2026-01-31", bad[i]), NULL), 400,
		    "request.invalid");
	}
	answers(kit_call(k, "GET /api/payment-reconciliations/2026-01-31", NULL), 404, "reconciliation.not_found");
	answers(kit_call(k, "POST /api/payment-reconciliations/2026-01-31/acknowledgements", "{\"reason\":\"x\"}"), 404,
	    "reconciliation.not_found");
	answers(kit_call(k, "GET /api/payments/daily-totals?from=2026-01-31&to=2026-01-30", NULL), 400, "request.invalid");
	answers(kit_call(k, "GET /api/payments/daily-totals?from=2026-01-01&to=2026-04-04", NULL), 400, "request.invalid");
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/payments/daily-totals?from=2026-01-01&to=2026-04-03", NULL).body,
	    "items"), 93);
	as_payer(&p);
	answers(kit_call(k, "GET /api/payment-reconciliations", NULL), 403, "http.forbidden");
	answers(kit_call(k, "GET /api/payments/daily-totals?from=2026-01-01&to=2026-01-31", NULL), 403, "http.forbidden");
}

/* ---- totals */

Test(reconcile, the_totals_of_a_day_are_those_of_its_events)
{
	struct intent in = paid(50000), gone = intend(1000), declined = agreed(2000, "decline");
	const char *body;

	(void)paid(3000);
	give_back(&in, 20000);
	give_back(&in, 1000);
	as_payer(&gone.payer);
	answers(kit_call(k, kit_print("DELETE /api/payments/%s", gone.id), NULL), 204, "");
	(void)kit_event(k, &payment_cancelled_v1_event);
	cr_assert_eq(confirm(&declined).status, 402);
	(void)kit_event(k, &payment_failed_v1_event);
	kit_as_operator(k);
	body = kit_call(k, kit_print("GET /api/payments/daily-totals?from=%s&to=%s", today(), today()), NULL).body;
	cr_assert_str_eq(body, kit_print("{\"items\":[{\"day\":\"%s\",\"settledCount\":2,\"settledKrw\":53000,"
	    "\"refundedCount\":2,\"refundedKrw\":21000,\"failedCount\":1,\"cancelledCount\":1}]}", today()));
}

Test(reconcile, a_day_begins_at_midnight_in_seoul)
{
	const char *body;

	(void)paid(50000);
	(void)paid(3000);
	kit_sql(k, "UPDATE payment SET paid_at = CASE amount_krw WHEN 50000 THEN timestamptz '2026-01-01T14:59:59.999999Z' "
	    "ELSE timestamptz '2026-01-01T15:00:00Z' END");
	kit_as_operator(k);
	body = kit_call(k, "GET /api/payments/daily-totals?from=2026-01-01&to=2026-01-02", NULL).body;
	cr_assert_eq(kit_json_i64(body, "items.0.settledKrw"), 50000);
	cr_assert_eq(kit_json_i64(body, "items.1.settledKrw"), 3000);
}
