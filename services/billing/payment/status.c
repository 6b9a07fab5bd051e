/* The states of a payment: the only writer of payment.status after the intent. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/billing/payment/payment.h"

bool
payment_is_open(struct text status)
{
	return text_is(status, "created") || text_is(status, "confirming") || text_is(status, "unknown") ||
	    text_is(status, "waiting_deposit");
}

static const struct err *
write_status(struct req *rq, payment_row *row, const char *status, const char *reason)
{
	row->status = text_of(status);
	LOG(rq, INFO, "payment.moved", kv_u("payment", row->id), kv_s("status", status), kv_s("reason", reason));
	return sql_payment_write(rq, &(struct sql_payment_write_in){ .id = row->id, .status = row->status,
		.provider_key = row->provider_key, .method = row->method, .failure_code = row->failure_code,
		.paid_at = row->has_paid_at ? &row->paid_at : NULL, .reason = text_of(reason),
		.moved_at = rq->now_us });
}

static const struct err *
settle(struct req *rq, payment_row *row, const struct toss_payment *said)
{
	row->provider_key = said->payment_key;
	row->method = said->method;
	row->has_paid_at = true;
	row->paid_at = rq->now_us;
	TRY(write_status(rq, row, "paid", "captured"));
	FAULT_POINT("payment.settled");
	rq->company = row->company_id;
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
	rq->company = row->company_id;
	return outbox_put(rq, &payment_failed_v1_event, row->id, &(struct payment_failed_v1){ .payment_id = row->id,
		.user_id = row->user_id, .company_id = row->company_id, .purpose = TEXT("points"),
		.amount_krw = row->amount_krw, .currency = TEXT("KRW"), .reason = code, .failed_at = rq->now_us });
}

static const struct err *
unclear(struct req *rq, payment_row *row, const char *reason)
{
	return text_is(row->status, "unknown") ? NULL : write_status(rq, row, "unknown", reason);
}

/* Money for another order or another sum is never booked as this payment. */
static bool
fits(const payment_row *row, const struct toss_payment *said)
{
	return said->amount_krw == row->amount_krw && text_eq(said->order_id, row->order_id);
}

const struct err *
payment_take(struct req *rq, payment_row *row, const struct toss_payment *said)
{
	if (!payment_is_open(row->status))
		return NULL;
	switch (said->verdict) {
	case TOSS_DONE:
		if (fits(row, said))
			return settle(rq, row, said);
		LOG(rq, ERROR, "payment.mismatch", kv_u("payment", row->id), kv_i("amountKrw", said->amount_krw));
		return unclear(rq, row, "captured for another sum or order");
	case TOSS_WAITING:
		row->provider_key = said->payment_key;
		return text_is(row->status, "waiting_deposit") ? NULL :
		    write_status(rq, row, "waiting_deposit", "virtual account");
	case TOSS_REFUSED:
		return payment_fail(rq, row, said->code, "refused by the provider");
	case TOSS_OVER:
		return payment_fail(rq, row, TEXT("EXPIRED_PAYMENT"), "over at the provider");
	case TOSS_IN_PROGRESS:
	case TOSS_ABSENT:
	case TOSS_UNCLEAR:
		break;
	}
	return unclear(rq, row, "no clear answer");
}
