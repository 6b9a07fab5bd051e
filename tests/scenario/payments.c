/* Money on its way between the buyer, the provider, the books and the points, and services that die meanwhile. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

enum { PART_KRW = 10000 };

static struct suite *s;
static struct play *p;

/* A buyer with CHARGED_KRW points. */
static void
begin(void)
{
	s = play_suite(0);
	p = play_new(s, 1);
	p->patient = true;
	play_until(p, "points");
}

static void
end(void)
{
	play_close(&p);
	suite_close(&s);
}

TestSuite(payments, .init = begin, .fini = end, .timeout = 300);

/* ---- words */

static void
switches(const char *json)
{
	want(200, kit_http(s, "PUT", kit_print("%s/sandbox/switches", suite_url(s, "sandbox")), json));
}

static int64_t
balance(void)
{
	return kit_json_i64(want(200, ask(p, "GET", "/api/points", NULL, as(&p->buyer))).body, "balanceKrw");
}

/* What the sandbox holds of the order of the payment in hand: captured less given back. */
static int64_t
held_there(void)
{
	const char *state = kit_http(s, "GET", kit_print("%s/sandbox/state.json", suite_url(s, "sandbox")), NULL).body;

	for (size_t i = 0; i < kit_json_length(state, "toss"); i++)
		if (strcmp(kit_json_text(state, kit_print("toss.%zu.orderId", i)), p->payment_order) == 0)
			return kit_json_i64(state, kit_print("toss.%zu.captured", i)) -
			    kit_json_i64(state, kit_print("toss.%zu.cancelled", i));
	return 0;
}

static const char *
events_of(const char *id, const char *type)
{
	return suite_sql(s, "billing", "SELECT count(*) FROM outbox WHERE key = '%s' AND type = '%s'", id, type);
}

/* ---- charges go back */

static struct kit_reply
give_back(const char *word)
{
	return want(201, ask(p, "POST", kit_print("/api/payments/%s/cancellations", p->payment),
	    kit_print("{\"amountKrw\":%d,\"reason\":\"changed my mind\"}", PART_KRW), as(&p->buyer), key(p, word)));
}

/* Who died is started again, and its work waits for the lease of the dead. */
static bool
has_ended(const char *status)
{
	if (revive(p)) {
		suite_clock(s, 61);
		log_in(p, &p->buyer);
	}
	return strcmp(suite_sql(s, "billing", "SELECT status FROM cancellation WHERE payment_id = '%s'", p->payment),
	    status) == 0;
}

/* Asks for a charge back while that service dies there; the client repeats its call with the same key. */
static void
goes_back_while(const char *service, const char *point, const char *status)
{
	const char *word = kit_print("%s-%s", service, point);

	fprintf(stderr, "%s dies at %s\n", service, point);
	charge(p, PART_KRW, word);
	kit_until(20000, balance() == CHARGED_KRW + PART_KRW);
	p->deaths = 0;
	p->mortal = service;
	suite_fault(s, service, kit_print("%s=kill", point));
	give_back(kit_print("%s-back", word));
	kit_until(30000, has_ended(status));
	cr_assert_eq(p->deaths, 1, "%s never came to %s", service, point);
	p->mortal = NULL;
}

static const struct { const char *service, *point; } deaths[] = {
	{ "billing", "cancel.requested" }, { "billing", "http.before_commit" }, { "billing", "http.after_commit" },
	{ "billing", "relay.published" }, { "commerce", "points.held" }, { "commerce", "inbox.committed" },
	{ "commerce", "relay.numbered" }, { "billing", "cancel.held" }, { "billing", "inbox.committed" },
	{ "billing", "giveback.before_call" }, { "billing", "provider.after_send" }, { "billing", "giveback.after_call" },
	{ "billing", "cancel.answered" }, { "billing", "cancel.refunded" },
};

Test(payments, a_charge_goes_back_once_whoever_dies_on_the_way)
{
	for (size_t i = 0; i < COUNT_OF(deaths); i++) {
		goes_back_while(deaths[i].service, deaths[i].point, "refunded");
		kit_until(20000, balance() == CHARGED_KRW);
		cr_assert_eq(held_there(), 0, "after %s died at %s", deaths[i].service, deaths[i].point);
		cr_assert_str_eq(events_of(p->payment, "payment.refunded"), "1");
		cr_assert_str_eq(suite_sql(s, "commerce", "SELECT count(*) FROM point_entry e WHERE e.source_id IN (SELECT "
		    "uuid(x) FROM unnest(string_to_array('%s', ',')) x)", suite_sql(s, "billing",
		    "SELECT string_agg(id::text, ',') FROM cancellation WHERE payment_id = '%s'", p->payment)), "1");
	}
}

Test(payments, points_return_once_when_the_provider_keeps_the_money_whoever_dies_on_the_way)
{
	static const struct { const char *service, *point; } some[] = { { "billing", "cancel.failed" },
		{ "billing", "giveback.after_call" }, { "commerce", "points.released" }, { "commerce", "inbox.committed" } };

	switches("{\"toss.cancel\":{\"mode\":\"decline\",\"code\":\"NOT_CANCELABLE_PAYMENT\"}}");
	for (size_t i = 0; i < COUNT_OF(some); i++) {
		int64_t before = CHARGED_KRW + (int64_t)i * PART_KRW;

		charge(p, PART_KRW, kit_print("charge-%zu", i));
		kit_until(20000, balance() == before + PART_KRW);
		p->deaths = 0;
		p->mortal = some[i].service;
		suite_fault(s, p->mortal, kit_print("%s=kill", some[i].point));
		give_back(kit_print("back-%zu", i));
		kit_until(30000, has_ended("failed") && p->deaths == 1);
		p->mortal = NULL;
		kit_until(20000, balance() == before + PART_KRW);
		cr_assert_eq(held_there(), PART_KRW);
	}
}

Test(payments, points_that_are_spent_keep_the_money_where_it_is)
{
	struct kit_reply r;

	order_place(p);
	r = want(201, ask(p, "POST", kit_print("/api/payments/%s/cancellations", p->payment),
	    "{\"reason\":\"all of it, though some is spent\"}", as(&p->buyer), key(p, "all")));
	cr_assert_eq(kit_json_i64(r.body, "amountKrw"), CHARGED_KRW);
	kit_until(20000, has_ended("refused"));
	cr_assert_eq(held_there(), CHARGED_KRW);
	cr_assert_eq(balance(), CHARGED_KRW - PAID_KRW);
}

static struct kit_reply confirmed[2];

struct confirmation { const char *path, *json; struct kit_reply *reply; };

static void *
confirm_part(void *arg)
{
	struct confirmation *c = arg;

	*c->reply = kit_http(s, "POST", c->path, c->json, as(&p->buyer), kit_print("Idempotency-Key: %s", c->path));
	return NULL;
}

/* Of a buyer without an account so far. */
Test(payments, two_first_charges_at_once_both_arrive)
{
	struct confirmation both[2];
	pthread_t threads[2];

	play_close(&p);
	p = play_new(s, 2);
	play_until(p, "claim coupon");
	for (int i = 0; i < 2; i++) {
		struct kit_reply r = want(201, ask(p, "POST", "/api/payments", kit_print("{\"amountKrw\":%d}", PART_KRW),
		    as(&p->buyer), key(p, kit_print("first-%d", i))));

		both[i] = (struct confirmation){ kit_print("/api/payments/%s/confirm", text_in(r, "id")),
			kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amountKrw\":%d}",
			    agree(p, text_in(r, "orderId"), PART_KRW), text_in(r, "orderId"), PART_KRW), &confirmed[i] };
	}
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, confirm_part, &both[i]), 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		want(200, confirmed[i]);
	}
	kit_until(20000, balance() == 2 * PART_KRW);
}

/* ---- the comparison of the night */

static bool
is_compared(const char *day)
{
	if (revive(p))
		suite_clock(s, 61);
	return strcmp(suite_sql(s, "billing", "SELECT differences FROM reconciliation WHERE day = '%s' AND ran_at IS NOT NULL",
	    day), "0") == 0;
}

Test(payments, the_books_agree_with_the_provider_s_list_whoever_dies_comparing_them)
{
	static const char *const points[] = { "reconcile.listed", "reconcile.compared" };
	const char *day = suite_sql(s, "billing", "SELECT (max(captured_at) AT TIME ZONE 'Asia/Seoul')::date FROM payment");

	for (size_t i = 0; i < COUNT_OF(points); i++) {
		(void)suite_sql(s, "billing", "DELETE FROM reconciliation");
		p->deaths = 0;
		p->mortal = "billing";
		suite_fault(s, "billing", kit_print("%s=kill", points[i]));
		(void)suite_run(s, NULL, "billing", "reconcile", day);
		kit_until(30000, is_compared(day));
		cr_assert_eq(p->deaths, 1);
	}
	cr_assert_str_eq(suite_sql(s, "billing", "SELECT theirs_krw FROM reconciliation"), kit_print("%d", CHARGED_KRW));
	cr_assert_not_null(strstr(suite_run(s, NULL, "billing", "cancels"), "automatic cancels are on"));
	cr_assert_not_null(strstr(suite_run(s, NULL, "billing", "acknowledge", day, "looked at"), "is acknowledged"));
}

/* The answer to a program outside, by a key of these types. */
static struct kit_reply
totals_by(const char *types, const char *day)
{
	struct kit_reply made = want(201, kit_http(s, "POST", "/api/event-keys",
	    kit_print("{\"name\":\"ledger\",\"types\":[\"%s\"]}", types), as(&p->seller)));

	return kit_http(s, "GET", kit_print("/api/payment-totals?from=%s&to=%s", day, day), NULL,
	    kit_print("Authorization: Dure-Event-Key %s.%s", text_in(made, "keyId"), text_in(made, "secret")));
}

Test(payments, a_program_outside_reconciles_against_the_totals_of_a_day)
{
	const char *day = suite_sql(s, "billing", "SELECT (max(paid_at) AT TIME ZONE 'Asia/Seoul')::date FROM payment");
	const char *path = kit_print("/api/payment-totals?from=%s&to=%s", day, day);

	cr_assert_eq(kit_json_i64(want(200, totals_by("payment.settled", day)).body, "items.0.settledKrw"), CHARGED_KRW);
	want_problem(403, "event_key.out_of_scope", totals_by("payment.failed", day));
	want_problem(401, "event_key.denied", kit_http(s, "GET", path, NULL));
	want_problem(401, "event_key.denied", kit_http(s, "GET", path, NULL, as(&p->seller)));
	want(200, kit_http(s, "GET", kit_print("/api/payments/daily-totals?from=%s&to=%s", day, day), NULL, as(&p->seller)));
}

/* ---- captures that nobody awaits */

/* An intent that nobody came back to has failed; then the provider captures it all the same, and says so by webhook. */
static void
capture_late(const char *word)
{
	struct kit_reply r = want(201, ask(p, "POST", "/api/payments", kit_print("{\"amountKrw\":%d}", PART_KRW),
	    as(&p->buyer), key(p, word)));

	p->payment = text_in(r, "id");
	p->payment_order = text_in(r, "orderId");
	suite_clock(s, 2460);
	kit_until(20000, strcmp(suite_sql(s, "billing", "SELECT status FROM payment WHERE id = '%s'", p->payment), "failed") == 0);
	p->payment_key = agree(p, p->payment_order, PART_KRW);
	want(200, kit_http(s, "POST", kit_print("%s/v1/payments/confirm", suite_url(s, "sandbox")),
	    kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amount\":%d}", p->payment_key, p->payment_order, PART_KRW),
	    "Authorization: Basic dGVzdF9za19zYW5kYm94Og=="));
}

static bool
has_gone_back(void)
{
	if (revive(p))
		suite_clock(s, 61);
	return strcmp(suite_sql(s, "billing", "SELECT state FROM payment_review WHERE payment_id = '%s'", p->payment),
	    "cancelled") == 0;
}

Test(payments, a_late_capture_goes_back_once_whoever_dies_on_the_way)
{
	static const char *const points[] = { "payment.resolved", "review.raised", "giveback.before_call", "giveback.after_call",
		"review.given_back" };

	for (size_t i = 0; i < COUNT_OF(points); i++) {
		fprintf(stderr, "billing dies at %s\n", points[i]);
		log_in(p, &p->buyer);
		p->deaths = 0;
		if (strcmp(points[i], "payment.resolved") != 0)
			suite_fault(s, "billing", kit_print("%s=kill", points[i]));
		capture_late(points[i]);
		p->mortal = "billing";
		if (strcmp(points[i], "payment.resolved") == 0)
			suite_fault(s, "billing", kit_print("%s=kill", points[i]));
		kit_until(30000, has_gone_back());
		p->mortal = NULL;
		cr_assert_eq(held_there(), 0, "after billing died at %s", points[i]);
		cr_assert_str_eq(events_of(p->payment, "payment.failed"), "1");
		cr_assert_str_eq(suite_sql(s, "billing", "SELECT count(*) FROM payment_review WHERE payment_id = '%s'", p->payment),
		    "1");
	}
	log_in(p, &p->buyer);                    /* the clock has gone on for hours */
	cr_assert_eq(balance(), CHARGED_KRW);
}

/* ---- webhooks */

Test(payments, webhooks_by_the_hundred_late_and_forged_settle_once)
{
	const char *forged;

	switches("{\"webhook_duplicate\":99,\"webhook_shuffle\":true,"
	    "\"toss.confirm\":{\"mode\":\"garbage_after\",\"times\":1}}");
	p->payment = text_in(want(201, ask(p, "POST", "/api/payments", kit_print("{\"amountKrw\":%d}", PART_KRW),
	    as(&p->buyer), key(p, "hundred"))), "id");
	p->payment_order = suite_sql(s, "billing", "SELECT order_id FROM payment WHERE id = '%s'", p->payment);
	forged = kit_print("{\"body\":{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"data\":{\"paymentKey\":\"forged\","
	    "\"orderId\":\"%s\",\"status\":\"DONE\",\"totalAmount\":1}}}", p->payment_order);
	p->payment_key = agree(p, p->payment_order, PART_KRW);
	want_problem(504, "payment.unknown", kit_http(s, "POST", kit_print("/api/payments/%s/confirm", p->payment),
	    kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amountKrw\":%d}", p->payment_key, p->payment_order, PART_KRW),
	    as(&p->buyer), key(p, "hundred-confirm")));
	/* Not before: a hint may well confirm what the buyer is just confirming, and hear the garbage in his place. */
	want(202, kit_http(s, "POST", kit_print("%s/sandbox/toss/webhook/forge", suite_url(s, "sandbox")), forged));
	kit_until(20000, balance() == CHARGED_KRW + PART_KRW);
	cr_assert_str_eq(events_of(p->payment, "payment.settled"), "1");
	want(200, kit_http(s, "POST", "/api/payments/webhooks/toss", "<xml/>"));
	kit_throughout(1000, balance() == CHARGED_KRW + PART_KRW);
	cr_assert_eq(held_there(), PART_KRW);
}

/* ---- the payment page */

Test(payments, the_page_and_what_it_needs_are_served)
{
	struct kit_reply page, script;
	const char *at;

	page = want(200, kit_http(s, "GET", kit_print("/pay/%s", p->payment), NULL));
	cr_assert_not_null(strstr(kit_header(&page, "Content-Security-Policy"), suite_url(s, "sandbox")));
	cr_assert_null(strstr(page.body, p->payment), "nothing of the address stands in the page");
	at = strstr(page.body, "name=\"dure-script\" content=\"");
	cr_assert_not_null(at);
	at += strlen("name=\"dure-script\" content=\"");
	script = want(200, kit_http(s, "GET", kit_print("%.*s", (int)strcspn(at, "\""), at), NULL));
	cr_assert_not_null(strstr(script.body, "window.TossPayments"));
	want(200, kit_http(s, "GET", "/pay-files/pay.js", NULL));
	want(200, kit_http(s, "GET", "/pay-files/pay.css", NULL));
	want(200, kit_http(s, "GET", kit_print("/pay/%s/success?paymentKey=a&orderId=b&amount=1", p->payment), NULL));
	want_problem(404, "http.no_such_path", kit_http(s, "GET", "/pay/none", NULL));
}
