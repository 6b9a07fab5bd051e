/* POST /api/payments/webhooks/toss: a hint, unsigned, so it is believed in nothing.
 *
 * An order id of ours that is still open gets a job that reads the payment at the provider; everything else is
 * answered 200 without effect. A flood costs one job per open payment. */
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/json/json.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "services/billing/payment/payment.h"

METRIC(hints, COUNTER, "dure_payment_hints_total", "outcome", "Webhooks of payment providers by what became of them.");

static const struct err *
follow(struct req *rq, struct text order_id)
{
	struct sql_payment_by_order_row row;
	bool found;

	TRY(sql_payment_by_order(rq, order_id, &row, &found));
	metric_add(&hints, !found ? "unknown" : payment_is_open(row.status) ? "followed" : "final", 1);
	if (!found || !payment_is_open(row.status))
		return NULL;
	LOG(rq, INFO, "payment.hinted", kv_u("payment", row.id));
	return payment_resolve_later(rq, "payment_hint", row.id, rq->now_us);
}

/* PAYMENT_STATUS_CHANGED carries the payment in data, DEPOSIT_CALLBACK is flat. */
const struct err *
payment_toss_webhook(struct req *rq)
{
	const struct json_doc *doc;
	struct text order_id;

	if (json_parse(rq, http_request_body(rq), &doc) != NULL ||
	    (!json_text(rq, doc, "data.orderId", &order_id) && !json_text(rq, doc, "orderId", &order_id)) ||
	    order_id.len > 64) {
		metric_add(&hints, "malformed", 1);
		return NULL;
	}
	return follow(rq, order_id);
}
