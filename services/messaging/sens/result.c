/* What became of a message at SENS. */
#include "services/messaging/sens/sens.h"
#include <string.h>
#include "common/core/text.h"
#include "services/messaging/messaging.h"
#include "services/messaging/sens/call.h"

static void
alimtalk_result(struct req *rq, struct text id, struct sens_answer *out)
{
	const struct json_doc *doc;
	int status;

	sens_call(rq, text_of(arena_printf(rq->mem, "%s/messages/%.*s", sens_service(rq, "alimtalk"), TEXT_ARG(id))),
	    (struct text){ NULL, 0 }, &status, &doc);
	if (status == 404)
		out->verdict = SENS_ABSENT;
	if (status != 200)
		return;
	out->verdict = SENS_PENDING;
	if (json_text(rq, doc, "messageStatusCode", &out->code) && out->code.len > 0)
		out->verdict = text_is(out->code, "0000") ? SENS_DELIVERED : SENS_UNDELIVERED;
}

/* COMPLETED alone is not success: statusName and statusCode say it (sens-sms-get). */
static void
sms_result(struct req *rq, struct text id, struct sens_answer *out)
{
	const struct json_doc *doc;
	struct text state, name;
	int status;

	sens_call(rq, text_of(arena_printf(rq->mem, "%s/messages?requestId=%.*s", sens_service(rq, "sms"), TEXT_ARG(id))),
	    (struct text){ NULL, 0 }, &status, &doc);
	if (status == 404)
		out->verdict = SENS_ABSENT;
	if (status != 200)
		return;
	out->verdict = SENS_PENDING;
	if (!json_text(rq, doc, "messages.0.status", &state) || !text_is(state, "COMPLETED"))
		return;
	if (!json_text(rq, doc, "messages.0.statusCode", &out->code))
		out->code = TEXT("");
	out->verdict = json_text(rq, doc, "messages.0.statusName", &name) && text_is(name, "success") ?
	    SENS_DELIVERED : SENS_UNDELIVERED;
}

void
sens_result(struct req *rq, const char *channel, struct text id, struct sens_answer *out)
{
	*out = (struct sens_answer){ .verdict = SENS_UNCLEAR, .id = id };
	if (strcmp(channel, "alimtalk") == 0)
		alimtalk_result(rq, id, out);
	else
		sms_result(rq, id, out);
}
