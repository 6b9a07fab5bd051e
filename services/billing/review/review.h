/* Captures that are not as the books say: told to the operators once, given back once.
 *
 * One whose payment is known here goes back by itself; one of a payment nobody here knows never does, and behind a
 * restore none does, because then it may be the books that lack something. Those wait for an operator's decision. */
#ifndef BILLING_REVIEW_REVIEW_H
#define BILLING_REVIEW_REVIEW_H
#include "common/core/id.h"
#include "common/jobs/jobs.h"
#include "gen/services/billing/review/review.sql.h"

#define REVIEW(row) (struct payment_review){ .id = (row).id, .code = (row).code, .order_id = (row).order_id, \
	.payment_key = (row).provider_key, .captured_krw = (row).captured_krw, \
	.has_payment_id = !uuid_is_nil((row).payment_id), .payment_id = (row).payment_id, .state = (row).state, \
	.raised_at = (row).raised_at, .has_decided_by = !uuid_is_nil((row).decided_by), .decided_by = (row).decided_by, \
	.has_decided_at = (row).has_decided_at, .decided_at = (row).decided_at, .has_reason = (row).reason.at != NULL, \
	.reason = (row).reason, .has_failure_code = (row).failure_code.at != NULL, .failure_code = (row).failure_code, \
	.has_cancelled_at = (row).has_cancelled_at, .cancelled_at = (row).cancelled_at }

/* code is late_capture, amount_mismatch, second_capture or unknown_capture; payment nil: unknown here. */
struct capture { const char *code; struct text order_id, payment_key; int64_t amount_krw; struct uuid payment; };

/* In the transaction at hand: the row, the alarm and, where it may go back by itself, the job. A capture that has its
 * row already changes nothing. */
const struct err *review_raise(struct req *rq, const struct capture *capture) MUST_USE;
/* In the transaction at hand: tells the operators. */
const struct err *alarm_raise(struct req *rq, const struct capture *capture) MUST_USE;
/* Puts the job that gives a capture back; its row's state is "cancelling". */
const struct err *review_cancel_now(struct req *rq, struct uuid id) MUST_USE;
const struct err *review_cancel_job(struct req *rq, const struct job *job);
#endif
