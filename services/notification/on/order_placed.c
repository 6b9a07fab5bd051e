/* order.placed: the buyer is told that the order has arrived. */
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/text.h"
#include "services/notification/on/on.h"
#include "services/notification/on/params.h"

const struct err *
on_order_placed(struct req *rq, const struct order_placed_v1 *ev)
{
	const struct param params[] = { { "orderNo", ev->order_no }, { "product", ev->first_product } };

	return alarm_add(rq, &(struct alarm_new){ .user = ev->user_id, .company = ev->company_id,
		.kind = ALARM_ORDER_RECEIVED, .source_id = ev->order_id, .source_kind = TEXT("order"),
		.message = alarm_text_order(rq->mem, ev->first_product, ev->line_count),
		.path = order_path(rq->mem, ev->order_id), .params = params_json(rq->mem, params, COUNT_OF(params)) });
}
