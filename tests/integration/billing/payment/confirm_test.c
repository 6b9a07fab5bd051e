/* Intents and confirmations: what the buyer agreed to is captured once, whatever happens on the way. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/billing/payment/payment.h"
#include "tests/integration/billing/till.h"

enum { CROWD = 8 };

TestSuite(payment, .init = till_open, .fini = till_close, .timeout = 120);

/* ---- intents */

Test(payment, an_intent_is_written_before_any_call_and_looked_after)
{
	struct intent in = intend(50000);

	state_is(&in, "created|");
	cr_assert_str_eq(kit_sql(k, "SELECT kind, key, due_at - created_at FROM jobs, payment"),
	    kit_print("payment_resolve|%s|00:30:00", in.id));
	cr_assert_eq(calls("toss.confirm") + calls("toss.get"), 0);
	cr_assert(kit_no_event(k));
}

Test(payment, sums_out_of_bounds_are_refused)
{
	struct payer p = payer_new();
	const char *before = till_digest();
	static const char *const bad[] = { "99", "10000001", "-1000", "1000.5", "\"1000\"", "null", "1e4" };

	as_payer(&p);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct kit_reply r = kit_call(k, "POST /api/payments", kit_print("{\"amountKrw\":%s}", bad[i]));

		answers(r, 400, "request.invalid");
		cr_expect_str_eq(kit_json_text(r.body, "errors.0.pointer"), "/amountKrw");
	}
	cr_assert_str_eq(till_digest(), before);
}

Test(payment, one_key_makes_one_intent)
{
	struct payer p = payer_new();
	struct kit_reply first, second;

	as_payer(&p);
	first = kit_call(k, "POST /api/payments", "{\"amountKrw\":1000}", "Idempotency-Key: k");
	second = kit_call(k, "POST /api/payments", "{\"amountKrw\":1000}", "Idempotency-Key: k");
	cr_assert_eq(first.status, 201);
	cr_assert_str_eq(first.body, second.body);
	answers(kit_call(k, "POST /api/payments", "{\"amountKrw\":2000}", "Idempotency-Key: k"), 422, "idempotency.other_body");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM payment"), "1");
}

/* ---- the happy way */

Test(payment, what_the_buyer_agreed_to_is_captured_and_told_once)
{
	struct intent in = agreed(50000, "success");
	struct kit_reply r = confirm(&in);
	const struct payment_settled_v1 *ev;

	answers(r, 200, "");
	cr_assert_str_eq(kit_json_text(r.body, "status"), "paid");
	cr_assert_not_null(kit_json_text(r.body, "paidAt"));
	cr_assert_eq(captured(in.order_id), 50000);
	ev = kit_event(k, &payment_settled_v1_event);
	cr_assert_str_eq(id_text(ev->payment_id), in.id);
	cr_assert(uuid_eq(ev->user_id, in.payer.user) && uuid_eq(ev->company_id, in.payer.company));
	cr_assert(ev->amount_krw == 50000 && text_is(ev->purpose, "points") && text_is(ev->provider, "toss"));
	cr_assert(text_is(ev->provider_payment_id, in.key));
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT key, tenant FROM outbox"), kit_print("%s|%s", in.id, id_text(in.payer.company)));
	cr_assert_str_eq(kit_sql(k, "SELECT string_agg(status, ' ' ORDER BY id) FROM payment_move"), "created confirming paid");
}

Test(payment, the_same_key_replays_the_answer_without_another_call)
{
	struct intent in = agreed(50000, "success");
	struct kit_reply first = confirm_with_key(&in, "one"), second = confirm_with_key(&in, "one");

	answers(second, 200, "");
	cr_assert_str_eq(second.body, first.body);
	cr_assert_str_eq(kit_header(&second, "Idempotent-Replayed"), "true");
	cr_assert_eq(calls("toss.confirm"), 1);
}

Test(payment, another_key_finds_it_paid_without_a_second_capture)
{
	struct intent in = agreed(50000, "success");
	struct kit_reply first = confirm_with_key(&in, "one"), second = confirm_with_key(&in, "two");

	answers(second, 200, "");
	cr_assert_str_eq(second.body, first.body);
	cr_assert_eq(calls("toss.confirm"), 1);
	cr_assert_eq(captured(in.order_id), 50000);
}

static struct kit_reply replies[CROWD];

struct racer { const struct intent *in; int i; };

static void *
confirm_part(void *arg)
{
	const struct racer *r = arg;

	replies[r->i] = confirm(r->in);
	return NULL;
}

Test(payment, parallel_confirmations_capture_once)
{
	struct intent in = agreed(50000, "late");
	struct racer racers[CROWD];
	pthread_t threads[CROWD];
	int paid = 0;

	sandbox("PUT", "/sandbox/switches", "{\"late_ms\":200}");
	for (int i = 0; i < CROWD; i++) {
		racers[i] = (struct racer){ &in, i };
		cr_assert_eq(pthread_create(&threads[i], NULL, confirm_part, &racers[i]), 0);
	}
	for (int i = 0; i < CROWD; i++) {
		pthread_join(threads[i], NULL);
		paid += replies[i].status == 200;
		cr_expect(replies[i].status == 200 || strcmp(replies[i].slug, "payment.unknown") == 0, "%s", replies[i].body);
	}
	cr_assert_geq(paid, 1);
	state_is(&in, "paid|");
	cr_assert_eq(captured(in.order_id), 50000);
	(void)kit_event(k, &payment_settled_v1_event);
	cr_assert(kit_no_event(k));
}

Test(payment, a_virtual_account_is_waited_for)
{
	struct intent in = agreed(50000, "vbank");
	struct kit_reply r = confirm(&in);

	answers(r, 200, "");
	cr_assert_str_eq(kit_json_text(r.body, "status"), "waiting_deposit");
	cr_assert(kit_no_event(k));
	kit_clock(k, 60);
	janitor();
	state_is(&in, "waiting_deposit|");
	sandbox("POST", "/sandbox/toss/deposit", kit_print("{\"orderId\":\"%s\"}", in.order_id));
	kit_clock(k, 600);
	janitor();
	state_is(&in, "paid|");
}

/* ---- refused before any call */

/* Without the table of idempotency keys: a key stays bound to the request it came with. */
static const char *
but_keys(const char *digest)
{
	const char *line = strstr(digest, "\nidempotency "), *end = strchr(line + 1, '\n');

	return kit_print("%.*s%s", (int)(line - digest), digest, end);
}

Test(payment, another_sum_order_user_or_payment_is_refused_before_any_call)
{
	struct intent in = agreed(50000, "success"), other = agreed(1000, "success");
	const char *before = till_digest();

	as_payer(&in.payer);
	answers(confirm_as(&in, in.order_id, 49999, in.key), 422, "payment.amount_mismatch");
	answers(confirm_as(&in, other.order_id, 50000, in.key), 422, "payment.order_mismatch");
	as_payer(&other.payer);
	answers(confirm_as(&in, in.order_id, 50000, in.key), 404, "payment.not_found");
	in.id = id_text(uuid_new());
	answers(confirm_as(&in, in.order_id, 50000, in.key), 404, "payment.not_found");
	cr_assert_eq(calls("toss.confirm"), 0);
	cr_assert_str_eq(but_keys(till_digest()), but_keys(before));
}

Test(payment, a_body_that_is_none_is_refused)
{
	struct intent in = agreed(50000, "success");
	struct kit_reply r;

	as_payer(&in.payer);
	r = kit_call(k, kit_print("POST /api/payments/%s/confirm", in.id), "{\"paymentKey\":\"a b\",\"orderId\":7,\"extra\":1}");
	answers(r, 400, "request.invalid");
	cr_assert_eq(kit_json_length(r.body, "errors"), 4, "%s", r.body);
	cr_assert_eq(calls("toss.confirm"), 0);
	state_is(&in, "created|");
}

Test(payment, an_intent_is_confirmed_within_half_an_hour)
{
	struct intent in = agreed(50000, "success");

	kit_clock(k, 1801);
	answers(confirm(&in), 409, "payment.expired");
	cr_assert_eq(calls("toss.confirm"), 0);
}

Test(payment, payments_of_others_are_neither_read_nor_listed)
{
	struct intent in = agreed(50000, "success"), other = intend(1000);

	as_payer(&in.payer);
	cr_assert_eq(kit_call(k, kit_print("GET /api/payments/%s", in.id), NULL).status, 200);
	answers(kit_call(k, kit_print("GET /api/payments/%s", other.id), NULL), 404, "payment.not_found");
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/payments", NULL).body, "items"), 1);
	kit_as_user(k, uuid_new(), in.payer.company, UINT64_MAX);
	answers(kit_call(k, kit_print("GET /api/payments/%s", in.id), NULL), 404, "payment.not_found");
}

/* ---- refused by the provider */

Test(payment, a_declined_card_is_402_with_the_provider_s_code_and_one_event)
{
	struct intent in = agreed(50000, "decline");
	struct kit_reply r = confirm(&in);
	const struct payment_failed_v1 *ev;

	answers(r, 402, "payment.refused");
	cr_assert_not_null(strstr(r.body, "REJECT_CARD_PAYMENT"));
	state_is(&in, "failed|REJECT_CARD_PAYMENT");
	ev = kit_event(k, &payment_failed_v1_event);
	cr_assert_str_eq(id_text(ev->payment_id), in.id);
	cr_assert(text_is(ev->reason, "REJECT_CARD_PAYMENT") && ev->amount_krw == 50000);
	cr_assert(uuid_eq(ev->company_id, in.payer.company));
	answers(confirm(&in), 409, "payment.ended");
	kit_clock(k, 3600);
	janitor();
	cr_assert(kit_no_event(k));
	cr_assert_eq(calls("toss.confirm"), 1);
}

Test(payment, a_decline_is_repeated_to_its_own_key_byte_by_byte)
{
	struct intent in = agreed(50000, "decline");
	struct kit_reply first = confirm_with_key(&in, "one"), second = confirm_with_key(&in, "one");

	answers(first, 402, "payment.refused");
	answers(second, 402, "payment.refused");
	cr_assert_str_eq(second.body, first.body);
	cr_assert_str_eq(kit_header(&second, "Idempotent-Replayed"), "true");
	cr_assert_str_eq(kit_header(&second, "Content-Type"), "application/problem+json");
	answers(confirm_with_key(&in, "two"), 409, "payment.ended");
	(void)kit_event(k, &payment_failed_v1_event);
}

Test(payment, a_key_that_was_told_nothing_is_told_the_decline_that_the_janitor_found)
{
	struct intent in = agreed(50000, "decline");

	sandbox("PUT", "/sandbox/switches", "{\"toss.confirm\":{\"mode\":\"timeout_after\",\"delay_ms\":700,\"times\":1}}");
	answers(confirm_with_key(&in, "one"), 504, "payment.unknown");
	kit_clock(k, 31);
	janitor();
	state_is(&in, "failed|REJECT_CARD_PAYMENT");
	answers(confirm_with_key(&in, "one"), 402, "payment.refused");
	answers(confirm_with_key(&in, "two"), 409, "payment.ended");
	(void)kit_event(k, &payment_failed_v1_event);
}

/* ---- given up by the buyer */

static struct kit_reply
abandon(const struct intent *in)
{
	return kit_call(k, kit_print("DELETE /api/payments/%s", in->id), NULL);
}

Test(payment, one_given_up_before_its_confirmation_is_cancelled_and_told_once)
{
	struct intent in = agreed(50000, "success"), other = intend(1000);
	const struct payment_cancelled_v1 *ev;

	answers(abandon(&in), 404, "payment.not_found");
	as_payer(&in.payer);
	answers(abandon(&in), 204, "");
	answers(abandon(&in), 204, "");
	state_is(&in, "cancelled|");
	ev = kit_event(k, &payment_cancelled_v1_event);
	cr_assert_str_eq(id_text(ev->payment_id), in.id);
	cr_assert(text_is(ev->order_id, in.order_id) && text_is(ev->reason, "abandoned") && ev->amount_krw == 50000);
	answers(confirm(&in), 409, "payment.ended");
	kit_clock(k, 3600);
	janitor();
	(void)kit_event(k, &payment_failed_v1_event);        /* of the other, which expired */
	cr_assert(kit_no_event(k));
	state_is(&other, "failed|EXPIRED");
	cr_assert_eq(calls("toss.confirm") + jobs_left(), 0);
}

Test(payment, one_whose_money_may_be_on_its_way_cannot_be_given_up)
{
	struct intent in = agreed(50000, "success");

	sandbox("PUT", "/sandbox/switches", "{\"toss.confirm\":{\"mode\":\"timeout_after\",\"delay_ms\":700,\"times\":1}}");
	answers(confirm(&in), 504, "payment.unknown");
	answers(abandon(&in), 409, "payment.begun");
	kit_clock(k, 31);
	janitor();
	answers(abandon(&in), 409, "payment.begun");
	state_is(&in, "paid|");
}

/* ---- lists */

Test(payment, an_operator_sees_everybody_s_and_filters_them)
{
	struct intent in = agreed(50000, "success"), other;
	const char *middle;

	cr_assert_eq(confirm(&in).status, 200);
	kit_clock(k, 60);
	middle = kit_sql(k, "SELECT to_char(created_at AT TIME ZONE 'UTC' + interval '30 s', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
	    " FROM payment");
	other = intend(1000);
	answers(kit_call(k, kit_print("GET /api/payments?userId=%s", id_text(in.payer.user)), NULL), 403, "payment.others");
	kit_as_operator(k);
	cr_expect_eq(kit_json_length(kit_call(k, "GET /api/payments", NULL).body, "items"), 2);
	cr_expect_str_eq(kit_json_text(kit_call(k, "GET /api/payments?status=paid", NULL).body, "items.0.id"), in.id);
	cr_expect_str_eq(kit_json_text(kit_call(k, kit_print("GET /api/payments?to=%s", middle), NULL).body, "items.0.id"), in.id);
	cr_expect_eq(kit_json_length(kit_call(k, kit_print("GET /api/payments?from=%s", middle), NULL).body, "items"), 1);
	cr_expect_str_eq(kit_json_text(kit_call(k, kit_print("GET /api/payments?from=%s", middle), NULL).body, "items.0.id"),
	    other.id);
	cr_expect_str_eq(kit_json_text(kit_call(k, kit_print("GET /api/payments?userId=%s", id_text(in.payer.user)), NULL).body,
	    "items.0.userId"), id_text(in.payer.user));
	cr_expect_eq(kit_call(k, "GET /api/payments?status=gone", NULL).status, 400);
	cr_expect_str_eq(kit_json_text(kit_call(k, kit_print("GET /api/payments/%s", in.id), NULL).body, "companyId"),
	    id_text(in.payer.company));
}

Test(payment, pages_of_a_list_neither_skip_nor_repeat_while_it_grows)
{
	struct intent first = intend(1000);
	struct kit_reply r;

	for (int i = 0; i < 4; i++)
		cr_assert_eq(kit_call(k, "POST /api/payments", "{\"amountKrw\":1000}").status, 201);
	r = kit_call(k, "GET /api/payments?limit=3", NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 3);
	cr_assert_eq(kit_call(k, "POST /api/payments", "{\"amountKrw\":1000}").status, 201);
	r = kit_call(k, kit_print("GET /api/payments?limit=3&cursor=%s", kit_json_text(r.body, "nextCursor")), NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 2);
	cr_assert_str_eq(kit_json_text(r.body, "items.1.id"), first.id);
	cr_assert_eq(kit_call(k, "GET /api/payments?cursor=forged", NULL).status, 400);
}

Test(payment, one_provider_key_pays_one_payment)
{
	struct intent in = agreed(1000, "success"), other = intend(1000);

	answers(confirm(&in), 200, "");
	other.key = in.key;
	cr_assert_eq(confirm(&other).status, 409);
	state_is(&other, "created|");
	cr_assert_eq(calls("toss.confirm"), 1);
}

static const struct err *
ask_inside(struct req *rq, void *arg)
{
	struct toss_payment said;

	TRY(sql_payment_lock(rq, uuid_new(), anybody, arg, &(bool){ false }));
	toss_read(rq, TEXT("dev-local-1"), &said);
	return NULL;
}

Test(payment, a_call_to_the_provider_inside_a_transaction_is_a_bug_that_ends_the_process, .signal = SIGABRT)
{
	payment_row row;

	kit_part(k, TX_WRITE, ask_inside, &row);
}
