/* What became of a message at SENS. */
#include "services/messaging/sens/sens.h"
#include <string.h>
#include <time.h>
#include "common/core/buf.h"
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

/* "2026-01-02%2003:04:05" in Seoul: the list calls take local time; the space is escaped before signing. */
static const char *
seoul_time(struct req *rq, int64_t us)
{
	time_t s = (time_t)(us / 1000000) + 9 * 3600;
	struct tm tm;

	(void)gmtime_r(&s, &tm);
	return arena_printf(rq->mem, "%04d-%02d-%02d%%20%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
sens_find(struct req *rq, const char *channel, struct text phone, int64_t since_us, struct sens_answer *out)
{
	bool alimtalk = strcmp(channel, "alimtalk") == 0;
	const char *query = arena_printf(rq->mem, "requestStartTime=%s&requestEndTime=%s&to=%.*s",
	    seoul_time(rq, since_us - 1000000), seoul_time(rq, rq->now_us + 1000000), TEXT_ARG(phone));
	const struct json_doc *doc;
	int status;

	*out = (struct sens_answer){ .verdict = SENS_UNCLEAR };
	if (alimtalk)
		query = arena_printf(rq->mem, "plusFriendId=%s&%s", messaging_of(rq)->config->sens_channel, query);
	sens_call(rq, text_of(arena_printf(rq->mem, "%s/messages?%s", sens_service(rq, channel), query)),
	    (struct text){ NULL, 0 }, &status, &doc);
	if (status != 200)
		return;
	out->verdict = SENS_ABSENT;
	if (json_text(rq, doc, alimtalk ? "messages.0.messageId" : "messages.0.requestId", &out->id))
		out->verdict = SENS_ACCEPTED;
}
