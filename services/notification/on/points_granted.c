/* points.granted: the user is told of the gift and its reason. */
#include "common/core/text.h"
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/text.h"
#include "services/notification/on/on.h"
#include "services/notification/on/params.h"

const struct err *
on_points_granted(struct req *rq, const struct points_granted_v1 *ev)
{
	return alarm_add(rq, &(struct alarm_new){ .user = ev->user_id, .company = ev->company_id,
		.kind = ALARM_POINTS_GRANTED, .source_id = ev->grant_id, .source_kind = TEXT("points"),
		.message = alarm_text_granted(rq->mem, ev->amount_krw, ev->reason), .path = TEXT("/points"),
		.params = params_points(rq->mem, ev->amount_krw, ev->balance_krw) });
}
