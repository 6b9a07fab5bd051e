/* Sending through SENS: one message a call. */
#include "services/messaging/sens/sens.h"
#include <string.h>
#include "common/core/buf.h"
#include "common/core/text.h"
#include "services/messaging/messaging.h"
#include "services/messaging/sens/call.h"
#include "services/messaging/sens/euckr.h"

enum { BODY_BYTES = 16384 };

static void
field(struct buf *b, const char *head, struct text value)
{
	buf_str(b, head);
	json_write_text(b, value);
}

static struct text
sms_body(struct req *rq, const struct sens_message *m)
{
	bool lms = strcmp(m->channel, "lms") == 0;
	struct buf b = buf_in(rq->mem, BODY_BYTES);

	field(&b, "{\"type\":", lms ? TEXT("LMS") : TEXT("SMS"));
	field(&b, ",\"contentType\":\"COMM\",\"countryCode\":\"82\",\"from\":",
	    text_of(messaging_of(rq)->config->sens_from));
	if (lms)
		field(&b, ",\"subject\":", TEXT("두레 알림"));
	field(&b, ",\"content\":", euckr_clean(rq, m->content, lms ? LMS_MAX_BYTES : SMS_MAX_BYTES));
	field(&b, ",\"messages\":[{\"to\":", m->phone);
	buf_str(&b, "}]}");
	return buf_as_text(&b);
}

static struct text
alimtalk_body(struct req *rq, const struct sens_message *m)
{
	struct buf b = buf_in(rq->mem, BODY_BYTES);

	field(&b, "{\"plusFriendId\":", text_of(messaging_of(rq)->config->sens_channel));
	field(&b, ",\"templateCode\":", m->template_code);
	field(&b, ",\"messages\":[{\"countryCode\":\"82\",\"to\":", m->phone);
	field(&b, ",\"content\":", m->content);
	buf_str(&b, "}]}");
	return buf_as_text(&b);
}

/* 202 with the id to ask for: a text message has its request's, an alimtalk item its own. */
static void
take_accepted(struct req *rq, bool alimtalk, const struct json_doc *doc, struct sens_answer *out)
{
	struct text item;

	if (!alimtalk) {
		if (json_text(rq, doc, "requestId", &out->id))
			out->verdict = SENS_ACCEPTED;
		return;
	}
	if (json_text(rq, doc, "messages.0.requestStatusCode", &item) && !text_is(item, "A000")) {
		out->verdict = SENS_REFUSED;
		out->code = item;
	} else if (json_text(rq, doc, "messages.0.messageId", &out->id))
		out->verdict = SENS_ACCEPTED;
}

void
sens_send(struct req *rq, const struct sens_message *m, struct sens_answer *out)
{
	bool alimtalk = strcmp(m->channel, "alimtalk") == 0;
	const struct json_doc *doc;
	int status;

	*out = (struct sens_answer){ .verdict = SENS_UNCLEAR };
	sens_call(rq, text_of(arena_printf(rq->mem, "%s/messages", sens_service(rq, m->channel))),
	    alimtalk ? alimtalk_body(rq, m) : sms_body(rq, m), &status, &doc);
	if (status == 202) {
		take_accepted(rq, alimtalk, doc, out);
	} else if (status >= 400 && status < 500 && status != 401 && status != 429) {
		out->verdict = SENS_REFUSED;         /* 401 and 429 may pass: our clock, our quota */
		out->code = text_of(arena_printf(rq->mem, "HTTP%d", status));
	}
}
