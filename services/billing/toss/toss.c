/* Toss Payments v1: confirm, read and cancel. */
#include "services/billing/toss/toss.h"
#include "common/core/buf.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/log/log.h"
#include "common/provider/provider.h"
#include "services/billing/billing.h"

/* PARTS_MOST: of one payment; more would be read as if they were not there, which only asks again. */
enum { BODY_BYTES = 2048, PARTS_MOST = 1000, KEY_MOST = 200 };

static const struct { const char *status; enum toss_verdict verdict; } statuses[] = {
	{ "DONE", TOSS_DONE }, { "PARTIAL_CANCELED", TOSS_DONE }, { "WAITING_FOR_DEPOSIT", TOSS_WAITING },
	{ "IN_PROGRESS", TOSS_IN_PROGRESS }, { "READY", TOSS_IN_PROGRESS }, { "ABORTED", TOSS_OVER },
	{ "EXPIRED", TOSS_OVER }, { "CANCELED", TOSS_OVER },
};

/* Refusals that say "not now", "look again" or "who are you", though their status is 400 or 403. */
static const char *const unclear_codes[] = { "PROVIDER_ERROR", "ALREADY_PROCESSED_PAYMENT", "DUPLICATED_ORDER_ID",
	"FORBIDDEN_CONSECUTIVE_REQUEST", "INVALID_API_KEY", "INCORRECT_BASIC_AUTH_FORMAT" };
static const int unclear_statuses[] = { 401, 408, 409, 429 };

static int64_t
time_at(struct req *rq, const struct json_doc *doc, const char *path)
{
	struct text t;
	int64_t us;

	return json_text(rq, doc, path, &t) && time_parse(t, &us) ? us : 0;
}

static void
take_parts(struct req *rq, const struct json_doc *doc, struct toss_payment *out)
{
	size_t n = json_length(doc, "cancels");
	struct toss_part *parts;

	if (n == 0 || n > PARTS_MOST)
		return;
	out->parts = parts = NEWS(rq->mem, struct toss_part, n);
	out->n_parts = n;
	for (size_t i = 0; i < n; i++) {
		if (!json_text(rq, doc, arena_printf(rq->mem, "cancels.%zu.cancelReason", i), &parts[i].reason) ||
		    !json_i64(doc, arena_printf(rq->mem, "cancels.%zu.cancelAmount", i), &parts[i].amount_krw))
			parts[i].reason = TEXT("");
		parts[i].at_us = time_at(rq, doc, arena_printf(rq->mem, "cancels.%zu.canceledAt", i));
	}
}

/* Without a balance only a payment of which nothing was given back is understood. */
static bool
take_balance(const struct json_doc *doc, struct text status, struct toss_payment *out)
{
	if (json_i64(doc, "balanceAmount", &out->balance_krw))
		return true;
	out->balance_krw = out->amount_krw;
	return !text_is(status, "PARTIAL_CANCELED");
}

static void
take_payment(struct req *rq, const struct json_doc *doc, struct toss_payment *out)
{
	struct text status;

	if (!json_text(rq, doc, "status", &status) || !json_text(rq, doc, "paymentKey", &out->payment_key) ||
	    !json_text(rq, doc, "orderId", &out->order_id) || !json_i64(doc, "totalAmount", &out->amount_krw) ||
	    !take_balance(doc, status, out))
		return;
	if (!json_text(rq, doc, "method", &out->method))
		out->method = TEXT("");
	out->approved_us = time_at(rq, doc, "approvedAt");
	take_parts(rq, doc, out);
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (text_is(status, statuses[i].status))
			out->verdict = statuses[i].verdict;
	if (out->verdict == TOSS_OVER && !json_text(rq, doc, "failure.code", &out->code))
		out->code = (struct text){ NULL, 0 };
}

/* An error is kept under its key, but for the one that says the first call has not ended yet and those about the
 * caller, which come before the key is looked at. */
static void
take_refusal(struct req *rq, int http_status, const struct json_doc *doc, struct toss_payment *out)
{
	if (!json_text(rq, doc, "code", &out->code) || http_status < 400)
		return;
	out->kept = http_status != 409 && http_status != 429 && http_status != 401;
	if (http_status >= 500)
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

static void
read_at(struct req *rq, const char *path, struct text shown, struct toss_payment *out)
{
	ask(rq, &(struct provider_ask){ .method = "GET", .repeatable = true, .path = text_of(path), .shown = shown }, out);
	if (out->verdict == TOSS_REFUSED)    /* to be read: that says nothing of the money */
		out->verdict = TOSS_UNCLEAR;
}

void
toss_read(struct req *rq, struct text order_id, struct toss_payment *out)
{
	read_at(rq, arena_printf(rq->mem, "/v1/payments/orders/%.*s", TEXT_ARG(order_id)), (struct text){ NULL, 0 }, out);
}

/* Keys come from the provider: what else they might hold must not become another path. */
static struct text
in_path(struct req *rq, struct text key)
{
	struct buf to = buf_in(rq->mem, 3 * KEY_MOST + 1);

	for (size_t i = 0; i < key.len && i < KEY_MOST; i++) {
		unsigned char c = (unsigned char)key.at[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';

		if (plain)
			buf_byte(&to, c);
		else
			buf_printf(&to, "%%%02X", c);
	}
	return buf_as_text(&to);
}

void
toss_read_key(struct req *rq, struct text payment_key, struct toss_payment *out)
{
	read_at(rq, arena_printf(rq->mem, "/v1/payments/%.*s", TEXT_ARG(in_path(rq, payment_key))),
	    TEXT("/v1/payments/{paymentKey}"), out);
}

void
toss_cancel(struct req *rq, struct text payment_key, int64_t amount_krw, struct text reason,
    struct text idempotency_key, struct toss_payment *out)
{
	struct buf body = buf_in(rq->mem, BODY_BYTES);

	buf_str(&body, "{\"cancelReason\":");
	json_write_text(&body, reason);
	buf_printf(&body, ",\"cancelAmount\":%lld}", (long long)amount_krw);
	ask(rq, &(struct provider_ask){ .method = "POST", .body = buf_as_text(&body), .repeatable = true,
		.path = text_of(arena_printf(rq->mem, "/v1/payments/%.*s/cancel", TEXT_ARG(in_path(rq, payment_key)))),
		.shown = TEXT("/v1/payments/{paymentKey}/cancel"),
		.headers = { { "Idempotency-Key", idempotency_key } }, .n_headers = 1 }, out);
}
