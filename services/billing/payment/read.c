/* GET /api/payments/{paymentId}: one own payment, any for an operator, with what was given back of it. */
#include "services/billing/cancel/cancel.h"
#include "services/billing/payment/payment.h"

static const struct err *
read_cancellations(struct req *rq, struct payment *out)
{
	struct sql_cancellation_of_payment_row *rows;
	size_t n;

	TRY(sql_cancellation_of_payment(rq, out->id, &rows, &n));
	out->n_cancellations = n;
	out->cancellations = NEWS(rq->mem, struct payment_cancellation, n);
	for (size_t i = 0; i < n; i++)
		out->cancellations[i] = (struct payment_cancellation){ .id = rows[i].id, .amount_krw = rows[i].amount_krw,
			.status = rows[i].status, .reason = rows[i].reason, .has_failure_code = rows[i].failure_code.at != NULL,
			.failure_code = rows[i].failure_code, .requested_at = rows[i].requested_at,
			.has_ended_at = rows[i].has_ended_at, .ended_at = rows[i].ended_at };
	return NULL;
}

const struct err *
payment_read(struct req *rq, const struct payment_read_in *in, struct payment *out)
{
	struct sql_payment_find_row row;
	bool found;

	TRY(sql_payment_find(rq, in->payment_id, payment_owner(rq), &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "payment.not_found", "there is no such payment");
	*out = PAYMENT(row);
	payment_show_owner(rq, out, row.user_id, row.company_id);
	return read_cancellations(rq, out);
}
