/* payment.cancel_requested: money may leave only after its points are held; billing waits for the answer. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/on/payment_cancel_requested.sql.h"
#include "services/commerce/on/on.h"

static const struct err *
tell_held(struct req *rq, const struct payment_cancel_requested_v1 *ev)
{
	return outbox_put(rq, &points_held_v1_event, ev->user_id, &(struct points_held_v1){
		.cancel_id = ev->cancel_id, .payment_id = ev->payment_id, .user_id = ev->user_id,
		.company_id = ev->company_id, .amount_krw = ev->amount_krw, .held_at = rq->now_us });
}

static const struct err *
tell_refused(struct req *rq, const struct payment_cancel_requested_v1 *ev)
{
	return outbox_put(rq, &points_refused_v1_event, ev->user_id, &(struct points_refused_v1){
		.cancel_id = ev->cancel_id, .payment_id = ev->payment_id, .user_id = ev->user_id,
		.company_id = ev->company_id, .amount_krw = ev->amount_krw, .reason = TEXT("points_short"),
		.refused_at = rq->now_us });
}

const struct err *
on_payment_cancel_requested(struct req *rq, const struct payment_cancel_requested_v1 *ev)
{
	struct sql_points_hold_row row;
	bool found;

	TRY(sql_points_hold(rq, uuid_new(), ev->user_id, ev->company_id, ev->amount_krw, ev->cancel_id, rq->now_us, &row,
	    &found));
	FAULT_POINT("points.held");
	if (found && row.held)
		return tell_held(rq, ev);
	LOG(rq, INFO, "points.hold_refused", kv_u("cancel", ev->cancel_id), kv_i("amountKrw", ev->amount_krw));
	return tell_refused(rq, ev);
}
