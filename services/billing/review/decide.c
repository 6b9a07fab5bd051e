/* POST /api/payment-reviews/{reviewId}/decisions: an operator says what becomes of a capture: it goes back, or it is
 * accepted as it is. Who, when and why stand in its row. */
#include "common/audit/audit.h"
#include "common/core/text.h"
#include "gen/proto/billing/billing.gen.h"
#include "services/billing/review/review.h"

const struct err *
payment_review_decide(struct req *rq, const struct payment_review_decide_in *in, struct payment_review *out)
{
	struct sql_review_lock_row row;
	struct payment_review was;
	bool found, back = text_is(in->decision, "cancel");

	TRY(sql_review_lock(rq, in->review_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "review.not_found", "there is no such review");
	if (!text_is(row.state, "open"))
		return FAIL(rq, CONFLICT, "review.decided", "this capture is %.*s already", TEXT_ARG(row.state));
	was = REVIEW(row);
	row.state = back ? TEXT("cancelling") : TEXT("accepted");
	row.decided_by = rq->user;
	row.has_decided_at = true;
	row.decided_at = rq->now_us;
	row.reason = in->reason;
	row.failure_code = (struct text){ NULL, 0 };
	TRY(sql_review_decide(rq, row.id, row.state, rq->user, rq->now_us, in->reason));
	LOG(rq, INFO, "review.decided", kv_u("review", row.id), kv_t("decision", in->decision), kv_u("operator", rq->user));
	*out = REVIEW(row);
	TRY(audit_put(rq, &(struct audit){ .action = "payment_review.decided", .subject = row.id, .type = &payment_review_type,
		.before = &was, .after = out }));
	return back ? review_cancel_now(rq, row.id) : NULL;
}
