/* order.cancelled: the buyer sees that it was done. */
#include "common/core/text.h"
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/text.h"
#include "services/notification/on/on.h"
#include "services/notification/on/params.h"

const struct err *
on_order_cancelled(struct req *rq, const struct order_cancelled_v1 *ev)
{
	const struct param params[] = { { "orderNo", ev->order_no }, { "product", ev->first_product } };

	return alarm_add(rq, &(struct alarm_new){ .user = ev->user_id, .company = ev->company_id,
		.kind = ALARM_ORDER_CANCELLED, .source_id = ev->order_id, .source_kind = TEXT("order"),
		.message = alarm_text_cancelled(rq->mem, ev->first_product, ev->refunded_krw),
		.path = order_path(rq->mem, ev->order_id), .params = params_json(rq->mem, params, COUNT_OF(params)) });
}
