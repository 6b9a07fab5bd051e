/* coupon.registered: who got a coupon without asking is told. */
#include "common/core/text.h"
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/text.h"
#include "services/notification/on/on.h"
#include "services/notification/on/params.h"

const struct err *
on_coupon_registered(struct req *rq, const struct coupon_registered_v1 *ev)
{
	const struct param params[] = { { "coupon", ev->name } };

	if (!text_is(ev->claim, "operator"))
		return NULL;
	return alarm_add(rq, &(struct alarm_new){ .user = ev->user_id, .company = ev->company_id,
		.kind = ALARM_COUPON_ISSUED, .source_id = ev->registered_coupon_id, .source_kind = TEXT("coupon"),
		.message = alarm_text_coupon(rq->mem, ev->name), .path = TEXT("/coupons"),
		.params = params_json(rq->mem, params, COUNT_OF(params)) });
}
