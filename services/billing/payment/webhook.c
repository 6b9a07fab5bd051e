/* POST /api/payments/webhooks/toss: a hint, unsigned, so it is believed in nothing.
 *
 * An order id of ours that is not settled gets a job that reads the payment at the provider; everything else is answered
 * 200 without effect. A flood costs one read per payment in READ_EVERY_US and a bounded number per minute in all; what
 * is not followed is found by the janitor or by the nightly reconciliation. */
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/json/json.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "gen/services/billing/payment/webhook.sql.h"
#include "services/billing/billing.h"
#include "services/billing/payment/payment.h"
#include "services/billing/payment/webhook.h"

METRIC(hints, COUNTER, "dure_payment_hints_total", "outcome", "Webhooks of payment providers by what became of them");

enum { ORDER_MOST = 64, KEY_MOST = 200, ID_MOST = 128 };
static const int64_t READ_EVERY_US = INT64_C(10) * 1000000;
static const int64_t MINUTE_US = INT64_C(60) * 1000000;
/* The provider sends again for three days; an id is known for ten times as long. */
static const int64_t KEEP_US = INT64_C(30) * 86400 * 1000000;

struct hint { struct text order_id, payment_key, id; int64_t amount_krw; };

/* What a webhook claims, to be held against what the provider says when it is asked. */
static struct text
claim(struct req *rq, struct text payment_key, int64_t amount_krw)
{
	return text_of(arena_printf(rq->mem, "%lld %.*s", (long long)amount_krw, TEXT_ARG(payment_key)));
}

void
payment_hint_judge(struct req *rq, const struct job *job, const struct toss_payment *said)
{
	if (job->payload.len == 0 || said->payment_key.at == NULL ||
	    text_eq(job->payload, claim(rq, said->payment_key, said->amount_krw)))
		return;
	metric_add(&hints, "forged", 1);
	LOG(rq, WARN, "payment.hint_forged", kv_t("payment", job->key));
}

/* The word for the metric: what becomes of it. */
static const struct err *
weigh(struct req *rq, const struct hint *hint, struct sql_payment_by_order_row *row, const char **word)
{
	int64_t changed;
	bool found;

	TRY(sql_payment_by_order(rq, hint->order_id, row, &found));
	*word = !found ? "unknown" : row->waiting ? "repeated" : "final";
	if (!found || row->waiting || (!payment_is_open(row->status) && !payment_is_over(row->status)))
		return NULL;
	if (hint->id.len > 0 && hint->id.len <= ID_MOST) {
		TRY(sql_hint_note(rq, hint->id, rq->now_us, &changed));
		*word = "repeated";
		if (changed == 0)
			return NULL;
	}
	TRY(sql_hint_spend(rq, rq->now_us / MINUTE_US, (int32_t)billing_of(rq)->config->hints_per_minute, &changed));
	*word = changed == 0 ? "limited" : "followed";
	return NULL;
}

static const struct err *
follow(struct req *rq, const struct hint *hint)
{
	struct sql_payment_by_order_row row;
	int64_t due_us = rq->now_us;
	const char *word;
	char key[UUID_CHARS + 1];

	TRY(weigh(rq, hint, &row, &word));
	metric_add(&hints, word, 1);
	if (!text_is(TEXT("followed"), word))
		return NULL;
	if (row.has_hinted_at && row.hinted_at + READ_EVERY_US > due_us)
		due_us = row.hinted_at + READ_EVERY_US;
	LOG(rq, INFO, "payment.hinted", kv_u("payment", row.id));
	TRY(sql_hint_due(rq, row.id, due_us));
	uuid_print(row.id, key);
	return job_put(rq, "payment_hint", text_of(key), hint->payment_key.at == NULL ? (struct text){ NULL, 0 } :
	    claim(rq, hint->payment_key, hint->amount_krw), due_us);
}

/* PAYMENT_STATUS_CHANGED carries the payment in data, DEPOSIT_CALLBACK is flat and claims nothing but its order. */
static bool
read_hint(struct req *rq, struct hint *hint)
{
	const struct json_doc *doc;

	*hint = (struct hint){ .id = http_request_header(rq, "tosspayments-webhook-transmission-id") };
	if (json_parse(rq, http_request_body(rq), &doc) != NULL)
		return false;
	if (json_text(rq, doc, "data.orderId", &hint->order_id)) {
		if (!json_text(rq, doc, "data.paymentKey", &hint->payment_key) || hint->payment_key.len > KEY_MOST ||
		    !json_i64(doc, "data.totalAmount", &hint->amount_krw))
			hint->payment_key = (struct text){ NULL, 0 };
	} else if (!json_text(rq, doc, "orderId", &hint->order_id)) {
		return false;
	}
	return hint->order_id.len <= ORDER_MOST;
}

const struct err *
payment_toss_webhook(struct req *rq)
{
	struct hint hint;

	if (!read_hint(rq, &hint)) {
		metric_add(&hints, "malformed", 1);
		return NULL;
	}
	if (!payment_order_is_ours(rq, hint.order_id)) {
		metric_add(&hints, "foreign", 1);
		return NULL;
	}
	return follow(rq, &hint);
}

const struct err *
payment_hint_reap_job(struct req *rq, const struct job *job)
{
	int64_t n;

	(void)job;
	return sql_hint_reap(rq, rq->now_us - KEEP_US, &n);
}
