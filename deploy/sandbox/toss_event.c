/* Tells the merchant and the inbox what became of a Toss payment. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/inbox.h"
#include "deploy/sandbox/settings.h"
#include "deploy/sandbox/toss.h"
#include "deploy/sandbox/webhook.h"

#include <stdlib.h>

/* Minutes 1, 4, 16 … 4096 after a webhook that was not answered 200. */
static const int64_t resend_after[] = { CLOCK_MINUTE, 4 * CLOCK_MINUTE, 16 * CLOCK_MINUTE,
    64 * CLOCK_MINUTE, 256 * CLOCK_MINUTE, 1024 * CLOCK_MINUTE, 4096 * CLOCK_MINUTE };

static const struct webhook_sender sender = {
	.transmission = "tosspayments-webhook",
	.timeout_ms = 10000,
	.resend_after = resend_after,
	.resends = sizeof(resend_after) / sizeof(resend_after[0]),
};

static void
send_event(json_t *event)
{
	char url[SETTING_TEXT_SIZE];

	settings_text(SETTING_TOSS_WEBHOOK_URL, url);
	webhook_send(&sender, url, json_dumps(event, JSON_COMPACT));
	json_decref(event);
}

static json_t *
created_at(void)
{
	int64_t now = clock_now();
	char at[CLOCK_TEXT], text[CLOCK_TEXT + 8];

	clock_kst(now, "%Y-%m-%dT%H:%M:%S", at);
	snprintf(text, sizeof(text), "%s.%06d", at, (int)(now % CLOCK_SECOND));
	return json_string(text);
}

static void
note_in_inbox(const struct toss_payment *p)
{
	char content[256];
	bool failed = p->status == TOSS_ABORTED || p->status == TOSS_EXPIRED;
	struct inbox_entry entry = {
		.kind = "payment",
		.to = p->order_id,
		.from = "toss",
		.subject = toss_status_name(p->status),
		.content = content,
		.status = failed ? "fail" : "success",
		.code = p->failure != NULL ? p->failure->code : NULL,
	};

	snprintf(content, sizeof(content), "%s %lld won, %lld left (%s)",
	    toss_method_name(p->method), (long long)p->total, (long long)p->balance, p->key);
	inbox_add(&entry);
}

void
toss_changed(const struct toss_payment *p)
{
	note_in_inbox(p);
	send_event(json_pack("{s:s, s:o, s:o}", "eventType", "PAYMENT_STATUS_CHANGED",
	    "createdAt", created_at(), "data", toss_payment_json(p)));
}

void
toss_deposited(const struct toss_payment *p)
{
	send_event(json_pack("{s:o, s:s, s:s, s:s, s:s}", "createdAt", created_at(),
	    "secret", p->secret, "status", toss_status_name(p->status),
	    "transactionKey", p->transaction_key, "orderId", p->order_id));
	toss_changed(p);
}

/* Sends whatever a forger would, with headers as good as the real ones: they prove nothing. */
void
toss_forge(struct request *rq, struct reply *rep)
{
	json_t *in = request_json(rq), *body = json_object_get(in, "body");

	if (body == NULL)
		body = in;
	if (body == NULL) {
		reply_text(rep, 400, "application/json", "{\"error\":\"the body is not JSON\"}");
		return;
	}
	send_event(json_incref(body));
	json_decref(in);
	reply_empty(rep, 202);
}

/* Payment keys and order ids are of characters that JSON leaves as they are. */
void
toss_describe(FILE *out)
{
	size_t count;
	struct toss_payment *const *all;

	toss_lock();
	all = toss_payments(&count);
	for (size_t i = 0; i < count; i++) {
		const struct toss_payment *p = all[i];
		bool captured = toss_captured(p);

		fprintf(out, "%s{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"status\":\"%s\","
		    "\"amount\":%lld,\"captured\":%lld,\"cancelled\":%lld,\"cancels\":%zu}",
		    i > 0 ? "," : "", p->key, p->order_id, toss_status_name(p->status),
		    (long long)p->total, (long long)(captured ? p->total : 0),
		    (long long)(captured ? p->total - p->balance : 0), p->cancel_count);
	}
	toss_unlock();
}
