/* order.refunded: the buyer is told of the points; of an own cancellation by order.cancelled. */
#include "common/core/text.h"
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/text.h"
#include "services/notification/on/on.h"
#include "services/notification/on/params.h"

const struct err *
on_order_refunded(struct req *rq, const struct order_refunded_v1 *ev)
{
	if (text_is(ev->status, "cancelled"))
		return NULL;
	return alarm_add(rq, &(struct alarm_new){ .user = ev->user_id, .company = ev->company_id,
		.kind = ALARM_ORDER_REFUNDED, .source_id = ev->refund_id, .source_kind = TEXT("refund"),
		.message = alarm_text_refunded(rq->mem, ev->first_product, ev->delta_krw, ev->balance_krw),
		.path = order_path(rq->mem, ev->order_id),
		.params = params_points(rq->mem, ev->delta_krw, ev->balance_krw) });
}
