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

static struct kit *k;

static void
begin(void)
{
	k = till_open();
}

static void
end(void)
{
	till_close(&k);
}

TestSuite(payment, .init = begin, .fini = end, .timeout = 120);

static void
state_is(const struct intent *in, const char *expected)
{
	const char *state = state_of(k, in);

	cr_expect_str_eq(state, expected, "%s, not %s", state, expected);
}

static void
answers(struct kit_reply r, int status, const char *slug)
{
	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect_str_eq(r.slug, slug, "%s", r.body);
}

/* ---- intents */

Test(payment, an_intent_is_written_before_any_call_and_looked_after)
{
	struct intent in = intend(k, 50000);

	state_is(&in, "created|");
	cr_assert_str_eq(kit_sql(k, "SELECT kind, key, due_at - created_at FROM jobs, payment"),
	    kit_print("payment_resolve|%s|00:30:00", in.id));
	cr_assert_eq(calls("toss.confirm") + calls("toss.get"), 0);
	cr_assert(kit_no_event(k));
}

Test(payment, sums_out_of_bounds_are_refused)
{
	struct payer p = payer_new();
	const char *before = till_digest(k);
	static const char *const bad[] = { "99", "10000001", "-1000", "1000.5", "\"1000\"", "null", "1e4" };

	as_payer(k, &p);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct kit_reply r = kit_call(k, "POST /api/payments", kit_print("{\"amountKrw\":%s}", bad[i]));

		answers(r, 400, "request.invalid");
		cr_expect_str_eq(kit_json_text(r.body, "errors.0.pointer"), "/amountKrw");
	}
	cr_assert_str_eq(till_digest(k), before);
}

Test(payment, one_key_makes_one_intent)
{
	struct payer p = payer_new();
	struct kit_reply first, second;

	as_payer(k, &p);
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
	struct intent in = agreed(k, 50000, "success");
	struct kit_reply r = confirm(k, &in);
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
	struct intent in = agreed(k, 50000, "success");
	struct kit_reply first = confirm_with_key(k, &in, "one"), second = confirm_with_key(k, &in, "one");

	answers(second, 200, "");
	cr_assert_str_eq(second.body, first.body);
	cr_assert_str_eq(kit_header(&second, "Idempotent-Replayed"), "true");
	cr_assert_eq(calls("toss.confirm"), 1);
}

Test(payment, another_key_finds_it_paid_without_a_second_capture)
{
	struct intent in = agreed(k, 50000, "success");
	struct kit_reply first = confirm_with_key(k, &in, "one"), second = confirm_with_key(k, &in, "two");

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

	replies[r->i] = confirm(k, r->in);
	return NULL;
}

Test(payment, parallel_confirmations_capture_once)
{
	struct intent in = agreed(k, 50000, "late");
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
	struct intent in = agreed(k, 50000, "vbank");
	struct kit_reply r = confirm(k, &in);

	answers(r, 200, "");
	cr_assert_str_eq(kit_json_text(r.body, "status"), "waiting_deposit");
	cr_assert(kit_no_event(k));
	kit_clock(k, 60);
	janitor(k);
	state_is(&in, "waiting_deposit|");
	sandbox("POST", "/sandbox/toss/deposit", kit_print("{\"orderId\":\"%s\"}", in.order_id));
	kit_clock(k, 600);
	janitor(k);
	state_is(&in, "paid|");
}

/* ---- refused before any call */

/* Without its first line, the table of idempotency keys: a key stays bound to the request it came with. */
static const char *
but_keys(const char *digest)
{
	return strchr(digest, '\n');
}

Test(payment, another_sum_order_user_or_payment_is_refused_before_any_call)
{
	struct intent in = agreed(k, 50000, "success"), other = agreed(k, 1000, "success");
	const char *before = till_digest(k);

	as_payer(k, &in.payer);
	answers(confirm_as(k, &in, in.order_id, 49999, in.key), 422, "payment.amount_mismatch");
	answers(confirm_as(k, &in, other.order_id, 50000, in.key), 422, "payment.order_mismatch");
	as_payer(k, &other.payer);
	answers(confirm_as(k, &in, in.order_id, 50000, in.key), 404, "payment.not_found");
	in.id = id_text(uuid_new());
	answers(confirm_as(k, &in, in.order_id, 50000, in.key), 404, "payment.not_found");
	cr_assert_eq(calls("toss.confirm"), 0);
	cr_assert_str_eq(but_keys(till_digest(k)), but_keys(before));
}

Test(payment, a_body_that_is_none_is_refused)
{
	struct intent in = agreed(k, 50000, "success");
	struct kit_reply r;

	as_payer(k, &in.payer);
	r = kit_call(k, kit_print("POST /api/payments/%s/confirm", in.id), "{\"paymentKey\":\"a b\",\"orderId\":7,\"extra\":1}");
	answers(r, 400, "request.invalid");
	cr_assert_eq(kit_json_length(r.body, "errors"), 4, "%s", r.body);
	cr_assert_eq(calls("toss.confirm"), 0);
	state_is(&in, "created|");
}

Test(payment, an_intent_is_confirmed_within_half_an_hour)
{
	struct intent in = agreed(k, 50000, "success");

	kit_clock(k, 1801);
	answers(confirm(k, &in), 409, "payment.expired");
	cr_assert_eq(calls("toss.confirm"), 0);
}

Test(payment, payments_of_others_are_neither_read_nor_listed)
{
	struct intent in = agreed(k, 50000, "success"), other = intend(k, 1000);

	as_payer(k, &in.payer);
	cr_assert_eq(kit_call(k, kit_print("GET /api/payments/%s", in.id), NULL).status, 200);
	answers(kit_call(k, kit_print("GET /api/payments/%s", other.id), NULL), 404, "payment.not_found");
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/payments", NULL).body, "items"), 1);
	kit_as_user(k, uuid_new(), in.payer.company, UINT64_MAX);
	answers(kit_call(k, kit_print("GET /api/payments/%s", in.id), NULL), 404, "payment.not_found");
}

/* ---- refused by the provider */

Test(payment, a_declined_card_is_402_with_the_provider_s_code_and_one_event)
{
	struct intent in = agreed(k, 50000, "decline");
	struct kit_reply r = confirm(k, &in);
	const struct payment_failed_v1 *ev;

	answers(r, 402, "payment.refused");
	cr_assert_not_null(strstr(r.body, "REJECT_CARD_PAYMENT"));
	state_is(&in, "failed|REJECT_CARD_PAYMENT");
	ev = kit_event(k, &payment_failed_v1_event);
	cr_assert_str_eq(id_text(ev->payment_id), in.id);
	cr_assert(text_is(ev->reason, "REJECT_CARD_PAYMENT") && ev->amount_krw == 50000);
	cr_assert(uuid_eq(ev->company_id, in.payer.company));
	answers(confirm(k, &in), 409, "payment.ended");
	kit_clock(k, 3600);
	janitor(k);
	cr_assert(kit_no_event(k));
	cr_assert_eq(calls("toss.confirm"), 1);
}

Test(payment, one_provider_key_pays_one_payment)
{
	struct intent in = agreed(k, 1000, "success"), other = intend(k, 1000);

	answers(confirm(k, &in), 200, "");
	other.key = in.key;
	cr_assert_eq(confirm(k, &other).status, 409);
	state_is(&other, "created|");
	cr_assert_eq(calls("toss.confirm"), 1);
}

static const struct err *
ask_inside(struct req *rq, void *arg)
{
	struct toss_payment said;

	TRY(sql_payment_lock(rq, uuid_new(), arg, &(bool){ false }));
	toss_read(rq, TEXT("dev-local-1"), &said);
	return NULL;
}

Test(payment, a_call_to_the_provider_inside_a_transaction_is_a_bug_that_ends_the_process, .signal = SIGABRT)
{
	payment_row row;

	kit_part(k, TX_WRITE, ask_inside, &row);
}
