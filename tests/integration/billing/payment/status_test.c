/* What a word of the provider does to a payment's state, and what it must not do. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/billing/payment/payment.h"
#include "tests/integration/billing/till.h"

static struct intent in;

static void
begin(void)
{
	till_open();
	in = intend(5000);
}

/* No till_close(): what these tests say of the provider is not what the sandbox knows. */
static void
end(void)
{
	kit_close(&k);
}

TestSuite(status, .init = begin, .fini = end, .timeout = 60);

static const struct err *
take(struct req *rq, void *arg)
{
	struct uuid id;
	payment_row row;
	bool found;

	kit_sure(uuid_parse(text_of(in.id), &id));
	TRY(sql_payment_lock(rq, id, anybody, &row, &found));
	return payment_take(rq, &row, arg);
}

/* The state after the provider said this. */
static const char *
said(enum toss_verdict verdict, const char *order_id, int64_t krw)
{
	const char *slug = kit_part(k, TX_WRITE, take, &(struct toss_payment){ .verdict = verdict,
		.payment_key = TEXT("pk"), .order_id = text_of(order_id), .method = TEXT("card"),
		.code = verdict == TOSS_REFUSED ? TEXT("REJECT_CARD_PAYMENT") : (struct text){ NULL, 0 }, .amount_krw = krw,
		.balance_krw = krw });

	cr_assert_null(slug, "%s", slug);
	return state_of(&in);
}

/* Ended without money and told so; what was captured is on its way back, and the operators know. */
static void
goes_back(const char *order_id, int64_t krw)
{
	const struct payment_alarmed_v1 *alarm;

	in = intend(5000);
	cr_expect_str_eq(said(TOSS_DONE, order_id != NULL ? order_id : in.order_id, krw), "failed|AMOUNT_MISMATCH");
	alarm = kit_event(k, &payment_alarmed_v1_event);
	cr_expect(text_is(alarm->code, "amount_mismatch") && alarm->amount_krw == krw && text_is(alarm->order_id, in.order_id));
	cr_expect(alarm->has_payment_id);
	cr_expect_str_eq(id_text(alarm->payment_id), in.id);
	(void)kit_event(k, &payment_failed_v1_event);
	cr_expect(kit_no_event(k));
	cr_expect_str_eq(kit_sql(k, "DELETE FROM payment_review RETURNING code, state, captured_krw"),
	    kit_print("amount_mismatch|cancelling|%lld", (long long)krw));
}

Test(status, money_of_another_sum_or_order_is_never_booked_and_goes_back)
{
	goes_back(NULL, 4999);
	goes_back(NULL, 5001);
	goes_back("dev-local-other", 5000);
	goes_back("", 5000);
}

Test(status, a_paid_payment_stays_paid_whatever_is_said)
{
	said(TOSS_DONE, in.order_id, 5000);
	(void)kit_event(k, &payment_settled_v1_event);
	for (enum toss_verdict v = TOSS_DONE; v <= TOSS_UNCLEAR; v++)
		cr_expect_str_eq(said(v, in.order_id, 5000), "paid|");
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM payment_move"), "2");
}

Test(status, a_failed_payment_stays_failed_whatever_is_said)
{
	cr_assert_str_eq(said(TOSS_REFUSED, in.order_id, 5000), "failed|REJECT_CARD_PAYMENT");
	(void)kit_event(k, &payment_failed_v1_event);
	for (enum toss_verdict v = TOSS_WAITING; v <= TOSS_UNCLEAR; v++)
		cr_expect_str_eq(said(v, in.order_id, 5000), "failed|REJECT_CARD_PAYMENT");
	cr_assert(kit_no_event(k));
	for (int i = 0; i < 3; i++)
		cr_expect_str_eq(said(TOSS_DONE, in.order_id, 5000), "failed|REJECT_CARD_PAYMENT");
	cr_assert(text_is(((const struct payment_alarmed_v1 *)kit_event(k, &payment_alarmed_v1_event))->code, "late_capture"));
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM jobs WHERE kind = 'review_cancel'"), "1");
}

Test(status, saying_nothing_clear_twice_is_one_move)
{
	cr_assert_str_eq(said(TOSS_UNCLEAR, in.order_id, 0), "unknown|");
	cr_assert_str_eq(said(TOSS_ABSENT, in.order_id, 0), "unknown|");
	cr_assert_str_eq(said(TOSS_IN_PROGRESS, in.order_id, 5000), "unknown|");
	cr_assert_str_eq(kit_sql(k, "SELECT string_agg(status, ' ' ORDER BY id) FROM payment_move"), "created unknown");
	cr_assert_str_eq(said(TOSS_WAITING, in.order_id, 5000), "waiting_deposit|");
	cr_assert_str_eq(said(TOSS_OVER, in.order_id, 5000), "failed|EXPIRED_PAYMENT");
	(void)kit_event(k, &payment_failed_v1_event);
	cr_assert(kit_no_event(k));
}
