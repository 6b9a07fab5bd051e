/* sms.capped: every operator is told that public calls no longer send. */
#include "services/notification/alarm/operators.h"
#include "services/notification/alarm/text.h"
#include "services/notification/on/on.h"
#include "services/notification/on/source.h"
#include "common/core/text.h"

const struct err *
on_sms_capped(struct req *rq, const struct sms_capped_v1 *ev)
{
	const char *params = arena_printf(rq->mem, "{\"scope\":\"%.*s\",\"limit\":%d}", TEXT_ARG(ev->scope), ev->limit);

	return alarm_operators(rq, &(struct alarm_new){ .kind = ALARM_SMS_CAPPED,
		.source_id = source_of(ev->scope, (struct uuid){ { 0 } }, ev->capped_at), .source_kind = TEXT("sms_cap"),
		.message = alarm_text_sms_capped(rq->mem, ev->scope, ev->limit), .params = text_of(params) });
}
