/* The states of a payment: the only writer of payment.status after the intent. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/billing/payment/payment.h"
#include "services/billing/review/review.h"

bool
payment_is_open(struct text status)
{
	return text_is(status, "created") || text_is(status, "confirming") || text_is(status, "unknown") ||
	    text_is(status, "waiting_deposit");
}

bool
payment_is_over(struct text status)
{
	return text_is(status, "failed") || text_is(status, "cancelled");
}

static const struct err *
write_status(struct req *rq, payment_row *row, const char *status, const char *reason)
{
	row->status = text_of(status);
	rq->company = row->company_id;
	LOG(rq, INFO, "payment.moved", kv_u("payment", row->id), kv_s("status", status), kv_s("reason", reason));
	return sql_payment_write(rq, &(struct sql_payment_write_in){ .id = row->id, .status = row->status,
		.provider_key = row->provider_key, .method = row->method, .failure_code = row->failure_code,
		.paid_at = row->has_paid_at ? &row->paid_at : NULL,
		.captured_at = row->has_captured_at ? &row->captured_at : NULL,
		.ended_at = payment_is_over(row->status) ? &rq->now_us : NULL, .reason = text_of(reason),
		.moved_at = rq->now_us });
}

static const struct err *
settle(struct req *rq, payment_row *row, const struct toss_payment *said)
{
	row->provider_key = said->payment_key;
	row->method = said->method;
	row->has_paid_at = row->has_captured_at = true;
	row->paid_at = rq->now_us;
	row->captured_at = said->approved_us != 0 ? said->approved_us : rq->now_us;
	TRY(write_status(rq, row, "paid", "captured"));
	FAULT_POINT("payment.settled");
	return outbox_put(rq, &payment_settled_v1_event, row->id, &(struct payment_settled_v1){ .payment_id = row->id,
		.user_id = row->user_id, .company_id = row->company_id, .purpose = TEXT("points"),
		.amount_krw = row->amount_krw, .currency = TEXT("KRW"), .provider = TEXT("toss"),
		.provider_payment_id = said->payment_key, .method = said->method, .paid_at = row->paid_at });
}

const struct err *
payment_fail(struct req *rq, payment_row *row, struct text code, const char *reason)
{
	if (!payment_is_open(row->status))
		return NULL;
	row->failure_code = code;
	TRY(write_status(rq, row, "failed", reason));
	return outbox_put(rq, &payment_failed_v1_event, row->id, &(struct payment_failed_v1){ .payment_id = row->id,
		.user_id = row->user_id, .company_id = row->company_id, .purpose = TEXT("points"),
		.amount_krw = row->amount_krw, .currency = TEXT("KRW"), .reason = code, .failed_at = rq->now_us });
}

const struct err *
payment_cancel(struct req *rq, payment_row *row)
{
	TRY(write_status(rq, row, "cancelled", "given up by the buyer"));
	FAULT_POINT("payment.cancelled");
	return outbox_put(rq, &payment_cancelled_v1_event, row->id, &(struct payment_cancelled_v1){ .payment_id = row->id,
		.order_id = row->order_id, .user_id = row->user_id, .company_id = row->company_id,
		.amount_krw = row->amount_krw, .reason = TEXT("abandoned"), .cancelled_at = rq->now_us });
}

const struct err *
payment_refund(struct req *rq, payment_row *row, struct uuid cancellation, int64_t amount_krw)
{
	row->refunded_krw += amount_krw;
	TRY(write_status(rq, row, row->refunded_krw == row->amount_krw ? "refunded" : "partially_refunded", "given back"));
	return outbox_put(rq, &payment_refunded_v1_event, row->id, &(struct payment_refunded_v1){ .payment_id = row->id,
		.order_id = row->order_id, .user_id = row->user_id, .company_id = row->company_id,
		.cancel_id = cancellation, .delta_krw = amount_krw, .cumulative_krw = row->refunded_krw,
		.amount_krw = row->amount_krw, .refunded_at = rq->now_us });
}

static const struct err *
unclear(struct req *rq, payment_row *row, const char *reason)
{
	return text_is(row->status, "unknown") ? NULL : write_status(rq, row, "unknown", reason);
}

static const struct err *
raise(struct req *rq, const payment_row *row, const char *code, const struct toss_payment *said)
{
	return review_raise(rq, &(struct capture){ .code = code, .order_id = row->order_id, .payment_key = said->payment_key,
		.amount_krw = said->balance_krw, .payment = row->id });
}

/* Money for another order or another sum, or of which a part is gone already, is never booked as this payment. */
static bool
fits(const payment_row *row, const struct toss_payment *said)
{
	return said->amount_krw == row->amount_krw && said->balance_krw == row->amount_krw &&
	    text_eq(said->order_id, row->order_id);
}

static const struct err *
captured(struct req *rq, payment_row *row, const struct toss_payment *said)
{
	if (fits(row, said))
		return settle(rq, row, said);
	TRY(raise(rq, row, "amount_mismatch", said));
	return payment_fail(rq, row, TEXT("AMOUNT_MISMATCH"), "captured for another sum or order");
}

/* A final payment stays as it is. Money that is captured all the same is one thing more at the provider. */
static const struct err *
captured_late(struct req *rq, const payment_row *row, const struct toss_payment *said)
{
	if (said->verdict != TOSS_DONE)
		return NULL;
	if (payment_is_over(row->status))
		return raise(rq, row, "late_capture", said);
	return text_eq(row->provider_key, said->payment_key) ? NULL : raise(rq, row, "second_capture", said);
}

const struct err *
payment_take(struct req *rq, payment_row *row, const struct toss_payment *said)
{
	if (!payment_is_open(row->status))
		return captured_late(rq, row, said);
	switch (said->verdict) {
	case TOSS_DONE:
		return captured(rq, row, said);
	case TOSS_WAITING:
		row->provider_key = said->payment_key;
		return text_is(row->status, "waiting_deposit") ? NULL :
		    write_status(rq, row, "waiting_deposit", "virtual account");
	case TOSS_REFUSED:
		return payment_fail(rq, row, said->code, "refused by the provider");
	case TOSS_OVER:
		return payment_fail(rq, row, said->code.at != NULL ? said->code : TEXT("EXPIRED_PAYMENT"), "over at the provider");
	case TOSS_IN_PROGRESS:
	case TOSS_ABSENT:
	case TOSS_UNCLEAR:
		break;
	}
	return unclear(rq, row, "no clear answer");
}
