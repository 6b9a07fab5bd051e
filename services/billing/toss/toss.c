/* Toss Payments v1: confirm and read. */
#include "services/billing/toss/toss.h"
#include "common/core/buf.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/log/log.h"
#include "common/provider/provider.h"
#include "services/billing/billing.h"

enum { BODY_BYTES = 1024 };

static const struct { const char *status; enum toss_verdict verdict; } statuses[] = {
	{ "DONE", TOSS_DONE }, { "WAITING_FOR_DEPOSIT", TOSS_WAITING }, { "IN_PROGRESS", TOSS_IN_PROGRESS },
	{ "READY", TOSS_IN_PROGRESS }, { "ABORTED", TOSS_OVER }, { "EXPIRED", TOSS_OVER }, { "CANCELED", TOSS_OVER },
	{ "PARTIAL_CANCELED", TOSS_UNCLEAR },
};

/* Refusals that say "not now", "look again" or "who are you", though their status is 400 or 403. */
static const char *const unclear_codes[] = { "PROVIDER_ERROR", "ALREADY_PROCESSED_PAYMENT", "DUPLICATED_ORDER_ID",
	"FORBIDDEN_CONSECUTIVE_REQUEST", "INVALID_API_KEY", "INCORRECT_BASIC_AUTH_FORMAT" };
static const int unclear_statuses[] = { 401, 408, 409, 429 };

static void
take_payment(struct req *rq, const struct json_doc *doc, struct toss_payment *out)
{
	struct text status;

	if (!json_text(rq, doc, "status", &status) || !json_text(rq, doc, "paymentKey", &out->payment_key) ||
	    !json_text(rq, doc, "orderId", &out->order_id) || !json_i64(doc, "totalAmount", &out->amount_krw))
		return;
	if (!json_text(rq, doc, "method", &out->method))
		out->method = TEXT("");
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (text_is(status, statuses[i].status))
			out->verdict = statuses[i].verdict;
}

static void
take_refusal(struct req *rq, int http_status, const struct json_doc *doc, struct toss_payment *out)
{
	if (!json_text(rq, doc, "code", &out->code) || http_status < 400 || http_status >= 500)
		return;
	for (size_t i = 0; i < COUNT_OF(unclear_statuses); i++)
		if (http_status == unclear_statuses[i])
			return;
	for (size_t i = 0; i < COUNT_OF(unclear_codes); i++)
		if (text_is(out->code, unclear_codes[i]))
			return;
	out->verdict = http_status == 404 ? TOSS_ABSENT : TOSS_REFUSED;
}

static void
ask(struct req *rq, const struct provider_ask *question, struct toss_payment *out)
{
	struct provider_answer answer;
	const struct json_doc *doc;
	const struct err *e;

	*out = (struct toss_payment){ .verdict = TOSS_UNCLEAR };
	if ((e = provider_call(rq, billing_of(rq)->toss, question, &answer)) != NULL ||
	    (e = json_parse(rq, answer.body, &doc)) != NULL) {
		log_err(rq, LV_WARN, "toss.unclear", e);
		return;
	}
	if (answer.status == 200)
		take_payment(rq, doc, out);
	else
		take_refusal(rq, answer.status, doc, out);
	LOG(rq, INFO, "toss.answered", kv_i("status", answer.status), kv_i("verdict", (int64_t)out->verdict),
	    kv_t("code", out->code.at != NULL ? out->code : TEXT("")));
}

void
toss_confirm(struct req *rq, struct text payment_key, struct text order_id, int64_t amount_krw,
    struct text idempotency_key, struct toss_payment *out)
{
	struct buf body = buf_in(rq->mem, BODY_BYTES);

	buf_str(&body, "{\"paymentKey\":");
	json_write_text(&body, payment_key);
	buf_str(&body, ",\"orderId\":");
	json_write_text(&body, order_id);
	buf_printf(&body, ",\"amount\":%lld}", (long long)amount_krw);
	ask(rq, &(struct provider_ask){ .method = "POST", .path = TEXT("/v1/payments/confirm"),
		.body = buf_as_text(&body), .headers = { { "Idempotency-Key", idempotency_key } }, .n_headers = 1,
		.repeatable = true }, out);
}

void
toss_read(struct req *rq, struct text order_id, struct toss_payment *out)
{
	ask(rq, &(struct provider_ask){ .method = "GET", .repeatable = true,
		.path = text_of(arena_printf(rq->mem, "/v1/payments/orders/%.*s", TEXT_ARG(order_id))) }, out);
	if (out->verdict == TOSS_REFUSED)    /* to be read: that says nothing of the money */
		out->verdict = TOSS_UNCLEAR;
}
