/* points.held: the points of a charge are taken, so its money may go back now. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/billing/cancel/cancel.h"
#include "services/billing/on/on.h"

const struct err *
on_points_held(struct req *rq, const struct points_held_v1 *ev)
{
	char key[UUID_CHARS + 1];
	cancellation_row row;
	payment_row payment;
	bool found;

	TRY(cancellation_lock(rq, ev->cancel_id, &payment, &row, &found));
	if (!found || !text_is(row.status, "requested") || row.amount_krw != ev->amount_krw) {
		LOG(rq, WARN, "cancellation.not_awaited", kv_u("cancellation", ev->cancel_id));
		return NULL;
	}
	TRY(sql_cancellation_hold(rq, row.id, rq->now_us));
	FAULT_POINT("cancel.held");
	uuid_print(row.id, key);
	return job_put(rq, "payment_cancel", text_of(key), (struct text){ NULL, 0 }, rq->now_us);
}
