/* POST /api/payments/{paymentId}/confirm: capture what the buyer has agreed to.
 *
 * Two short transactions around the call: "confirming" and the janitor's job are written before money can move, so
 * whatever happens in between is found again by our own id. The idempotency key at the provider is the payment's, so
 * that a confirmation repeated by anybody captures once. A refusal is the outcome of this confirmation and is repeated
 * to its own key; to another one the payment has ended. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "services/billing/payment/payment.h"

/* The janitor looks half a minute after the call has begun: longer than the call may take. */
static const int64_t LOOK_AFTER_US = 30 * 1000000;

struct confirmation {
	const struct payment_confirm_in *in;
	struct asking                    asking;
	bool                             first;        /* nothing has been asked of the provider yet */
	struct payment                  *out;
};

static bool
is_its_own(const struct req *rq, const payment_row *row)
{
	return row->confirm_key.at != NULL && text_eq(row->confirm_key, http_idempotency_key(rq));
}

static const struct err *
check(struct req *rq, const payment_row *row, const struct payment_confirm_in *in)
{
	if (!text_eq(row->order_id, in->order_id))
		return FAIL(rq, RULE, "payment.order_mismatch", "orderId is not the one of this payment");
	if (row->amount_krw != in->amount_krw)
		return FAIL(rq, RULE, "payment.amount_mismatch", "amountKrw is not the one of this payment");
	if (row->provider_key.at != NULL && !text_eq(row->provider_key, in->payment_key))
		return FAIL(rq, CONFLICT, "payment.key_mismatch", "another paymentKey is being confirmed for this payment");
	if (payment_is_over(row->status) && !is_its_own(rq, row))
		return FAIL(rq, CONFLICT, "payment.ended", "this payment has ended; make a new one");
	if (text_is(row->status, "created") && rq->now_us >= row->expires_at)
		return FAIL(rq, CONFLICT, "payment.expired", "this payment was not confirmed in time; make a new one");
	return NULL;
}

static const struct err *
start(struct req *rq, struct confirmation *c)
{
	payment_row *row = &c->asking.row;

	row->status = TEXT("confirming");
	row->provider_key = c->in->payment_key;
	c->asking.attempt.subject = row->id;
	TRY(payment_resolve_later(rq, "payment_recheck", row->id, rq->now_us + LOOK_AFTER_US));
	TRY(attempt_take(rq, &c->asking.attempt));
	TRY(sql_payment_confirmed_by(rq, row->id, http_idempotency_key(rq)));
	return sql_payment_write(rq, &(struct sql_payment_write_in){ .id = row->id, .status = row->status,
		.provider_key = row->provider_key, .reason = TEXT("confirmation"), .moved_at = rq->now_us });
}

static const struct err *
begin(struct req *rq, void *arg)
{
	struct confirmation *c = arg;
	payment_row *row = &c->asking.row;
	bool found;

	TRY(sql_payment_lock(rq, c->in->payment_id, rq->user, row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "payment.not_found", "there is no such payment");
	TRY(check(rq, row, c->in));
	c->first = text_is(row->status, "created");
	return c->first ? start(rq, c) : NULL;         /* resumed: the intent is as it was */
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
outcome(struct req *rq, const payment_row *row)
{
	if (text_is(row->status, "unknown") || text_is(row->status, "confirming"))
		return FAIL(rq, TIMEOUT, "payment.unknown",
		    "the provider has not answered clearly; the payment is being looked after");
	if (payment_is_over(row->status))
		return FAIL(rq, PAYMENT, "payment.refused", "the provider refused: %.*s", TEXT_ARG(row->failure_code));
	return NULL;
}

static const struct err *
finish(struct req *rq, void *arg)
{
	struct confirmation *c = arg;
	payment_row *row = &c->asking.row;
	const struct err *e;
	bool found;

	TRY(sql_payment_lock(rq, c->in->payment_id, rq->user, row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "payment.not_found", "there is no such payment");
	TRY(attempt_note(rq, &c->asking.attempt, &c->asking.said));
	TRY(payment_take(rq, row, &c->asking.said));
	*c->out = PAYMENT(*row);
	e = outcome(rq, row);
	if (payment_is_over(row->status))
		return http_store_problem(rq, e);
	return text_is(row->status, "paid") ? http_store_answer(rq, c->out) : NULL;
}

static const struct err *
ask(struct req *rq, struct confirmation *c)
{
	struct asking *a = &c->asking;

	if (!c->first)
		return payment_is_open(a->row.status) ? payment_ask(rq, a) : NULL;
	FAULT_POINT("payment.before_capture");
	toss_confirm(rq, a->row.provider_key, a->row.order_id, a->row.amount_krw, a->attempt.key, &a->said);
	FAULT_POINT("payment.after_capture");
	return NULL;
}

const struct err *
payment_confirm(struct req *rq, const struct payment_confirm_in *in, struct payment *out)
{
	struct confirmation c = { .in = in, .out = out, .asking.said.verdict = TOSS_UNCLEAR };

	TRY(named(rq, db_tx(rq, TX_WRITE, begin, &c)));
	TRY(ask(rq, &c));
	TRY(db_tx(rq, TX_WRITE, finish, &c));
	return outcome(rq, &c.asking.row);
}
