/* Asking the provider about a payment, and to capture it when that has not happened yet. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "services/billing/payment/payment.h"

const struct err *
payment_ask(struct req *rq, struct asking *a)
{
	toss_read(rq, a->row.order_id, &a->said);
	if (a->said.verdict != TOSS_IN_PROGRESS || a->row.provider_key.at == NULL || !payment_is_open(a->row.status))
		return NULL;
	a->attempt.subject = a->row.id;
	TRY(attempt_begin(rq, &a->attempt));
	FAULT_POINT("payment.before_capture");
	toss_confirm(rq, a->row.provider_key, a->row.order_id, a->row.amount_krw, a->attempt.key, &a->said);
	FAULT_POINT("payment.after_capture");
	return NULL;
}
