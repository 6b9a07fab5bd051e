/* A capture that is not as the books say is written down and told. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/outbox/outbox.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/billing/review/review.h"

METRIC(alarms, COUNTER, "dure_payment_alarms_total", "code", "Alarms about money that is not as the books say");

const struct err *
alarm_raise(struct req *rq, const struct capture *capture)
{
	struct uuid id = uuid_new();

	metric_add(&alarms, capture->code, 1);
	LOG(rq, ERROR, "payment.alarmed", kv_s("code", capture->code), kv_t("order", capture->order_id),
	    kv_i("amountKrw", capture->amount_krw));
	return outbox_put(rq, &payment_alarmed_v1_event, id, &(struct payment_alarmed_v1){ .alarm_id = id,
		.code = text_of(capture->code), .order_id = capture->order_id, .amount_krw = capture->amount_krw,
		.has_payment_id = !uuid_is_nil(capture->payment), .payment_id = capture->payment, .raised_at = rq->now_us });
}

const struct err *
review_cancel_now(struct req *rq, struct uuid id)
{
	char key[UUID_CHARS + 1];

	uuid_print(id, key);
	return job_put(rq, "review_cancel", text_of(key), (struct text){ NULL, 0 }, rq->now_us);
}

const struct err *
review_raise(struct req *rq, const struct capture *capture)
{
	struct sql_review_insert_row row;
	struct uuid id = uuid_new();
	bool found;

	TRY(sql_review_insert(rq, &(struct sql_review_insert_in){ .id = id, .code = text_of(capture->code),
		.order_id = capture->order_id, .provider_key = capture->payment_key, .captured_krw = capture->amount_krw,
		.payment_id = capture->payment, .raised_at = rq->now_us }, &row, &found));
	if (!found)
		return NULL;
	FAULT_POINT("review.raised");
	TRY(alarm_raise(rq, capture));
	return text_is(row.state, "cancelling") ? review_cancel_now(rq, id) : NULL;
}
