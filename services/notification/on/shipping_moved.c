/* shipping.moved: the buyer is told where the parcel is. */
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/text.h"
#include "services/notification/on/on.h"
#include "services/notification/on/params.h"

const struct err *
on_shipping_moved(struct req *rq, const struct shipping_moved_v1 *ev)
{
	struct text carrier = ev->has_carrier ? ev->carrier : (struct text){ NULL, 0 };
	struct text number = ev->has_tracking_number ? ev->tracking_number : (struct text){ NULL, 0 };
	const struct param params[] = { { "orderNo", ev->order_no }, { "product", ev->first_product },
		{ "carrier", carrier }, { "trackingNumber", number } };
	const struct parcel_text parcel = { ev->status, ev->first_product, carrier, number };
	struct text message;
	int kind;

	if (!alarm_text_parcel(rq->mem, &parcel, &kind, &message))
		return NULL;
	return alarm_add(rq, &(struct alarm_new){ .user = ev->user_id, .company = ev->company_id,
		.kind = (enum alarm_kind)kind, .source_id = ev->order_id, .source_kind = TEXT("order"),
		.message = message, .path = order_path(rq->mem, ev->order_id),
		.params = params_json(rq->mem, params, COUNT_OF(params)) });
}
