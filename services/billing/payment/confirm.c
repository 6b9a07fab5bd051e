/* POST /api/payments/{paymentId}/confirm: capture what the buyer has agreed to.
 *
 * Two short transactions around one call: "confirming" and the janitor's job are written before money can
 * move, so whatever happens in between is found again by our own id. The idempotency key at the provider
 * is the payment, so that a confirmation repeated by anybody captures once. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "services/billing/payment/payment.h"

/* The janitor looks half a minute after the call has begun: longer than the call may take. */
static const int64_t LOOK_AFTER_US = 30 * 1000000;

struct confirmation {
	const struct payment_confirm_in *in;
	payment_row                      row;
	struct toss_payment              said;
	struct payment                  *out;
};

static const struct err *
check(struct req *rq, const payment_row *row, const struct payment_confirm_in *in)
{
	if (!text_eq(row->order_id, in->order_id))
		return FAIL(rq, RULE, "payment.order_mismatch", "orderId is not the one of this payment");
	if (row->amount_krw != in->amount_krw)
		return FAIL(rq, RULE, "payment.amount_mismatch", "amountKrw is not the one of this payment");
	if (row->provider_key.at != NULL && !text_eq(row->provider_key, in->payment_key))
		return FAIL(rq, CONFLICT, "payment.key_mismatch", "another paymentKey is being confirmed for this payment");
	if (text_is(row->status, "failed") || text_is(row->status, "cancelled"))
		return FAIL(rq, CONFLICT, "payment.ended", "this payment has ended; make a new one");
	if (text_is(row->status, "created") && rq->now_us >= row->expires_at)
		return FAIL(rq, CONFLICT, "payment.expired", "this payment was not confirmed in time; make a new one");
	return NULL;
}

static const struct err *
begin(struct req *rq, void *arg)
{
	struct confirmation *c = arg;
	bool found;

	TRY(sql_payment_lock(rq, c->in->payment_id, &c->row, &found));
	if (!found || !uuid_eq(c->row.user_id, rq->user))
		return FAIL(rq, NOT_FOUND, "payment.not_found", "there is no such payment");
	TRY(check(rq, &c->row, c->in));
	if (!text_is(c->row.status, "created"))
		return NULL;                        /* resumed: the intent is as it was */
	c->row.status = TEXT("confirming");
	c->row.provider_key = c->in->payment_key;
	TRY(payment_resolve_later(rq, "payment_recheck", c->row.id, rq->now_us + LOOK_AFTER_US));
	return sql_payment_write(rq, &(struct sql_payment_write_in){ .id = c->row.id, .status = c->row.status,
		.provider_key = c->row.provider_key, .reason = TEXT("confirmation"), .moved_at = rq->now_us });
}

/* A paymentKey belongs to one payment; the index says so first. */
static const struct err *
named(struct req *rq, const struct err *e)
{
	if (e == NULL || !text_is(text_of(e->slug), "unique.payment_provider_key"))
		return e;
	return FAIL(rq, CONFLICT, "payment.key_used", "this paymentKey belongs to another payment");
}

static const struct err *
finish(struct req *rq, void *arg)
{
	struct confirmation *c = arg;
	bool found;

	TRY(sql_payment_lock(rq, c->in->payment_id, &c->row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "payment.not_found", "there is no such payment");
	TRY(payment_take(rq, &c->row, &c->said));
	*c->out = PAYMENT(c->row);
	return text_is(c->row.status, "paid") ? http_store_answer(rq, c->out) : NULL;
}

static const struct err *
outcome(struct req *rq, const payment_row *row)
{
	if (text_is(row->status, "paid") || text_is(row->status, "waiting_deposit"))
		return NULL;
	if (text_is(row->status, "failed"))
		return FAIL(rq, PAYMENT, "payment.refused", "the provider refused: %.*s", TEXT_ARG(row->failure_code));
	return FAIL(rq, TIMEOUT, "payment.unknown", "the provider has not answered clearly; the payment is being looked after");
}

const struct err *
payment_confirm(struct req *rq, const struct payment_confirm_in *in, struct payment *out)
{
	struct confirmation c = { .in = in, .out = out };

	TRY(named(rq, db_tx(rq, TX_WRITE, begin, &c)));
	if (payment_is_open(c.row.status)) {
		char id[UUID_CHARS + 1];

		FAULT_POINT("payment.before_capture");
		uuid_print(c.row.id, id);
		toss_confirm(rq, in->payment_key, c.row.order_id, c.row.amount_krw, text_of(id), &c.said);
		FAULT_POINT("payment.after_capture");
		TRY(db_tx(rq, TX_WRITE, finish, &c));
	}
	*out = PAYMENT(c.row);
	return outcome(rq, &c.row);
}
