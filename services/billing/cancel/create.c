/* POST /api/payments/{paymentId}/cancellations: a part of a charge, or what is left of it, is to be given back. */
#include "common/audit/audit.h"
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/billing/cancel/cancel.h"

static const struct err *
check(struct req *rq, const payment_row *row, int64_t amount_krw)
{
	struct sql_cancellation_count_row count;

	if (!text_is(row->status, "paid") && !text_is(row->status, "partially_refunded"))
		return FAIL(rq, CONFLICT, "payment.not_paid", "only a paid payment can be given back");
	if (amount_krw < 1 || amount_krw > row->amount_krw - row->reserved_krw)
		return FAIL(rq, RULE, "payment.cancel_exceeds", "%lld KRW of it are left",
		    (long long)(row->amount_krw - row->reserved_krw));
	TRY(sql_cancellation_count(rq, row->id, &count));
	if (count.n >= CANCELLATIONS_MOST)
		return FAIL(rq, RULE, "payment.too_many_cancellations", "this payment has had %d cancellations",
		    CANCELLATIONS_MOST);
	return NULL;
}

static const struct err *
request(struct req *rq, const payment_row *row, const struct payment_cancellation *c)
{
	TRY(sql_cancellation_insert(rq, &(struct sql_cancellation_insert_in){ .id = c->id, .payment_id = row->id,
		.user_id = row->user_id, .company_id = row->company_id, .amount_krw = c->amount_krw, .reason = c->reason,
		.requested_by = rq->user, .requested_at = rq->now_us }));
	LOG(rq, INFO, "payment.cancel_requested", kv_u("payment", row->id), kv_i("amountKrw", c->amount_krw));
	FAULT_POINT("cancel.requested");
	rq->company = row->company_id;
	TRY(audit_put(rq, &(struct audit){ .action = "payment.refund_requested", .subject = row->id,
		.type = &payment_cancellation_type, .after = c }));
	return outbox_put(rq, &payment_cancel_requested_v1_event, row->user_id, &(struct payment_cancel_requested_v1){
		.cancel_id = c->id, .payment_id = row->id, .user_id = row->user_id, .company_id = row->company_id,
		.amount_krw = c->amount_krw, .requested_at = rq->now_us });
}

const struct err *
payment_cancellation_create(struct req *rq, const struct payment_cancellation_create_in *in,
    struct payment_cancellation *out)
{
	payment_row row;
	bool found;

	TRY(sql_payment_lock(rq, in->payment_id, payment_owner(rq), &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "payment.not_found", "there is no such payment");
	*out = (struct payment_cancellation){ .id = uuid_new(), .status = TEXT("requested"), .reason = in->reason,
		.amount_krw = in->has_amount_krw ? in->amount_krw : row.amount_krw - row.reserved_krw,
		.requested_at = rq->now_us };
	TRY(check(rq, &row, out->amount_krw));
	return request(rq, &row, out);
}
