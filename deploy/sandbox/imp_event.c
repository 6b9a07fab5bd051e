/* Tells the merchant and the inbox what became of an Iamport payment. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/imp.h"
#include "deploy/sandbox/inbox.h"
#include "deploy/sandbox/settings.h"
#include "deploy/sandbox/webhook.h"

#include <stdlib.h>

/* A minute apart and off unless switched on; the number of resends is the setting. */
static const int64_t resend_after[] = { CLOCK_MINUTE, CLOCK_MINUTE, CLOCK_MINUTE, CLOCK_MINUTE,
    CLOCK_MINUTE };

#define SENDER(n) {.timeout_ms = 40000, .resend_after = resend_after, .resends = (n)}

static const struct webhook_sender senders[] = {
	SENDER(0), SENDER(1), SENDER(2), SENDER(3), SENDER(4), SENDER(5),
};

/* A payment's own notice_url wins over the merchant's. */
static void
send_event(json_t *event, const json_t *fields)
{
	const char *notice = json_text(fields, "notice_url");
	char url[SETTING_TEXT_SIZE];

	settings_text(SETTING_IMP_WEBHOOK_URL, url);
	webhook_send(&senders[settings_number(SETTING_IMP_WEBHOOK_RESEND)],
	    notice != NULL ? notice : url, json_dumps(event, JSON_COMPACT));
	json_decref(event);
}

static void
note_in_inbox(const struct imp_payment *p)
{
	char content[200];
	struct inbox_entry entry = {
		.kind = "payment",
		.to = p->merchant_uid,
		.from = "iamport",
		.subject = imp_status_name(p->status),
		.content = content,
		.status = p->status == IMP_FAILED ? "fail" : "success",
		.code = p->fail_reason,
	};

	snprintf(content, sizeof(content), "%lld won, %lld cancelled (%s)", (long long)p->amount,
	    (long long)p->cancelled, p->imp_uid);
	inbox_add(&entry);
}

void
imp_note(const struct imp_payment *p, bool webhook, const char *cancellation_id)
{
	note_in_inbox(p);
	if (webhook)
		send_event(json_pack("{s:s, s:s, s:s, s:s*}", "imp_uid", p->imp_uid,
		    "merchant_uid", p->merchant_uid, "status",
		    cancellation_id != NULL ? "cancelled" : imp_status_name(p->status),
		    "cancellation_id", cancellation_id), p->fields);
}

void
imp_forge(struct request *rq, struct reply *rep)
{
	json_t *in = request_json(rq), *body = json_object_get(in, "body");

	if (in == NULL) {
		reply_text(rep, 400, "application/json", "{\"error\":\"the body is not JSON\"}");
		return;
	}
	send_event(json_incref(body != NULL ? body : in), NULL);
	json_decref(in);
	reply_empty(rep, 202);
}

static void
put_payment(FILE *out, const struct imp_payment *p)
{
	bool captured = p->paid_us != 0;
	json_t *o = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "imp_uid", p->imp_uid,
	    "merchant_uid", p->merchant_uid, "status", imp_status_name(p->status),
	    "amount", (json_int_t)p->amount, "captured", (json_int_t)(captured ? p->amount : 0),
	    "cancelled", (json_int_t)p->cancelled, "cancels", (json_int_t)p->cancel_count);

	json_dumpf(o, out, JSON_COMPACT);
	json_decref(o);
}

void
imp_describe(FILE *out)
{
	size_t count;
	struct imp_payment *const *all;

	imp_lock();
	all = imp_payments(&count);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			fputc(',', out);
		put_payment(out, all[i]);
	}
	imp_unlock();
}
