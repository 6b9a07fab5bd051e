/* The money goes back once its points are held: the provider is asked until it has said yes or no. */
#include "common/audit/audit.h"
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/billing/cancel/cancel.h"

static const int64_t ASK_AGAIN_US = INT64_C(60) * 1000000;

struct run { cancellation_row row; payment_row payment; struct giveback back; bool found; };

const struct err *
cancellation_lock(struct req *rq, struct uuid id, payment_row *payment, cancellation_row *row, bool *found)
{
	struct sql_cancellation_find_row named;

	TRY(sql_cancellation_find(rq, id, &named, found));
	if (!*found)
		return NULL;
	TRY(sql_payment_lock(rq, named.payment_id, anybody, payment, found));
	return sql_cancellation_lock(rq, id, row, found);
}

static bool
is_held(const cancellation_row *row)
{
	return text_is(row->status, "held") || text_is(row->status, "unknown");
}

static const struct err *
look(struct req *rq, void *arg)
{
	struct run *r = arg;

	return cancellation_lock(rq, r->back.attempt.subject, &r->payment, &r->row, &r->found);
}

/* Who asked for it stands in payment.refund_requested; how it ended is nobody's doing. */
const struct err *
cancellation_tell(struct req *rq, const cancellation_row *row, const char *action, struct text status)
{
	return audit_put(rq, &(struct audit){ .action = action, .subject = row->payment_id, .company = row->company_id,
		.was = AUDIT_OF(kv_u("id", row->id), kv_t("status", row->status)),
		.is = AUDIT_OF(kv_u("id", row->id), kv_t("status", status), kv_i("amountKrw", row->amount_krw)) });
}

static const struct err *
refunded(struct req *rq, struct run *r)
{
	TRY(sql_cancellation_refunded(rq, r->row.id, rq->now_us, r->back.at_us));
	FAULT_POINT("cancel.refunded");
	TRY(cancellation_tell(rq, &r->row, "payment.refunded", TEXT("refunded")));
	return payment_refund(rq, &r->payment, r->row.id, r->row.amount_krw);
}

static const struct err *
failed(struct req *rq, const struct run *r)
{
	TRY(sql_cancellation_ended(rq, r->row.id, TEXT("failed"), r->back.said.code, rq->now_us));
	FAULT_POINT("cancel.failed");
	TRY(cancellation_tell(rq, &r->row, "payment.refund_failed", TEXT("failed")));
	rq->company = r->row.company_id;
	return outbox_put(rq, &payment_cancel_failed_v1_event, r->row.user_id, &(struct payment_cancel_failed_v1){
		.cancel_id = r->row.id, .payment_id = r->row.payment_id, .user_id = r->row.user_id,
		.company_id = r->row.company_id, .amount_krw = r->row.amount_krw, .failed_at = rq->now_us });
}

static const struct err *
conclude(struct req *rq, void *arg)
{
	struct run *r = arg;

	TRY(look(rq, r));
	TRY(attempt_note(rq, &r->back.attempt, &r->back.said));
	if (!r->found || !is_held(&r->row))
		return NULL;
	LOG(rq, INFO, "payment.cancel_answered", kv_u("cancellation", r->row.id), kv_i("outcome", (int64_t)r->back.outcome));
	if (r->back.outcome == GIVEBACK_DONE)
		return refunded(rq, r);
	return r->back.outcome == GIVEBACK_REFUSED ? failed(rq, r) : sql_cancellation_unknown(rq, r->row.id);
}

const struct err *
cancellation_job(struct req *rq, const struct job *job)
{
	struct run r = { 0 };

	if (!uuid_parse(job->key, &r.back.attempt.subject))
		return FAIL(rq, INVALID, "cancellation.job_key", "the job's key is not a cancellation");
	TRY(db_tx(rq, TX_WRITE, look, &r));
	if (!r.found || !is_held(&r.row))
		return NULL;
	r.back.payment_key = r.payment.provider_key;
	r.back.amount_krw = r.row.amount_krw;
	TRY(giveback_run(rq, &r.back));
	FAULT_POINT("cancel.answered");
	TRY(db_tx(rq, TX_WRITE, conclude, &r));
	return r.back.outcome == GIVEBACK_UNCLEAR ?
	    job_again(rq, job, rq->now_us + ASK_AGAIN_US, (struct text){ NULL, 0 }) : NULL;
}
