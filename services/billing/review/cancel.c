/* A capture goes back whole: by itself, or because an operator has said so. */
#include "common/audit/audit.h"
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "services/billing/attempt/attempt.h"
#include "services/billing/review/review.h"

static const int64_t ASK_AGAIN_US = INT64_C(60) * 1000000;

struct undoing { struct sql_review_lock_row row; struct giveback back; bool found, again; };

static const struct err *
look(struct req *rq, void *arg)
{
	struct undoing *u = arg;

	return sql_review_lock(rq, u->back.attempt.subject, &u->row, &u->found);
}

static const char *
state_after(const struct undoing *u)
{
	return u->back.outcome == GIVEBACK_DONE ? "cancelled" : "open";
}

static const struct err *
conclude(struct req *rq, void *arg)
{
	struct undoing *u = arg;

	TRY(sql_review_lock(rq, u->back.attempt.subject, &u->row, &u->found));
	TRY(attempt_note(rq, &u->back.attempt, &u->back.said));
	if (!u->found || !text_is(u->row.state, "cancelling"))
		return NULL;
	u->again = u->back.outcome == GIVEBACK_UNCLEAR;
	if (u->again)
		return NULL;
	LOG(rq, WARN, "review.cancelled", kv_u("review", u->row.id), kv_i("outcome", (int64_t)u->back.outcome));
	TRY(audit_put(rq, &(struct audit){ .action = "payment_review.answered", .subject = u->row.id,
		.was = AUDIT_OF(kv_t("state", u->row.state)), .is = AUDIT_OF(kv_s("state", state_after(u)),
		kv_i("capturedKrw", u->row.captured_krw)) }));
	if (u->back.outcome == GIVEBACK_DONE)
		return sql_review_end(rq, u->row.id, text_of(state_after(u)), (struct text){ NULL, 0 }, &u->back.at_us);
	TRY(sql_review_end(rq, u->row.id, text_of(state_after(u)), u->back.said.code, NULL));
	return alarm_raise(rq, &(struct capture){ "cancel_refused", u->row.order_id, u->row.provider_key, u->row.captured_krw,
	    u->row.payment_id });
}

const struct err *
review_cancel_job(struct req *rq, const struct job *job)
{
	struct undoing u = { 0 };

	if (!uuid_parse(job->key, &u.back.attempt.subject))
		return FAIL(rq, INVALID, "review.job_key", "the job's key is not a review");
	TRY(db_tx(rq, TX_WRITE, look, &u));
	if (!u.found || !text_is(u.row.state, "cancelling"))
		return NULL;
	u.back.payment_key = u.row.provider_key;
	TRY(giveback_run(rq, &u.back));
	FAULT_POINT("review.given_back");
	TRY(db_tx(rq, TX_WRITE, conclude, &u));
	return u.again ? job_again(rq, job, rq->now_us + ASK_AGAIN_US, (struct text){ NULL, 0 }) : NULL;
}
