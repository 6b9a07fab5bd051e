/* GET /api/payments/{paymentId}: one own payment. */
#include "services/billing/payment/payment.h"

const struct err *
payment_read(struct req *rq, const struct payment_read_in *in, struct payment *out)
{
	struct sql_payment_find_row row;
	bool found;

	TRY(sql_payment_find(rq, in->payment_id, rq->user, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "payment.not_found", "there is no such payment");
	*out = PAYMENT(row);
	return NULL;
}
