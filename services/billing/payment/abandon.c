/* DELETE /api/payments/{paymentId}: the buyer gives a payment up before anything was captured.
 *
 * Once a confirmation has begun money may be on its way, and only the provider can tell; then it is too late. */
#include "common/core/text.h"
#include "services/billing/payment/payment.h"

const struct err *
payment_abandon(struct req *rq, const struct payment_abandon_in *in)
{
	payment_row row;
	bool found;

	TRY(sql_payment_lock(rq, in->payment_id, rq->user, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "payment.not_found", "there is no such payment");
	if (text_is(row.status, "cancelled"))
		return NULL;
	if (!text_is(row.status, "created"))
		return FAIL(rq, CONFLICT, "payment.begun", "this payment has been confirmed or has ended; it cannot be given up");
	return payment_cancel(rq, &row);
}
