/* payment.alarmed: every operator is told that money at the provider is not as the books say. */
#include "common/core/text.h"
#include "services/notification/alarm/operators.h"
#include "services/notification/alarm/text.h"
#include "services/notification/on/on.h"
#include "services/notification/on/params.h"

const struct err *
on_payment_alarmed(struct req *rq, const struct payment_alarmed_v1 *ev)
{
	const struct param params[] = { { "code", ev->code }, { "orderId", ev->order_id } };

	return alarm_operators(rq, &(struct alarm_new){ .kind = ALARM_PAYMENT, .source_id = ev->alarm_id,
		.source_kind = TEXT("payment_alarm"),
		.message = alarm_text_payment(rq->mem, ev->code, ev->order_id, ev->amount_krw),
		.params = params_json(rq->mem, params, COUNT_OF(params)) });
}
