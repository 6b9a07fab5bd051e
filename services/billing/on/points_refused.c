/* points.refused: the points of a charge are spent, so its money stays where it is. */
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/billing/cancel/cancel.h"
#include "services/billing/on/on.h"

const struct err *
on_points_refused(struct req *rq, const struct points_refused_v1 *ev)
{
	cancellation_row row;
	payment_row payment;
	bool found;

	TRY(cancellation_lock(rq, ev->cancel_id, &payment, &row, &found));
	if (!found || !text_is(row.status, "requested"))
		return NULL;
	LOG(rq, INFO, "payment.cancel_refused", kv_u("cancellation", row.id), kv_t("reason", ev->reason));
	TRY(cancellation_tell(rq, &row, "payment.refund_refused", TEXT("refused")));
	return sql_cancellation_ended(rq, row.id, TEXT("refused"), ev->reason, rq->now_us);
}
