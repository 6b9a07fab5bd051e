/* Was a message accepted by SENS, although nobody heard the answer?
 *
 * The lists tell when, to whom and of which kind, the single look-ups what it said: a phone may get several
 * messages within the same second, and one must not be taken for another. */
#include <string.h>
#include <time.h>
#include "common/core/text.h"
#include "services/messaging/messaging.h"
#include "services/messaging/sens/call.h"
#include "services/messaging/sens/euckr.h"
#include "services/messaging/sens/sens.h"

enum { PAGE = 100 };      /* the most that the lists give */

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

static bool
is_alimtalk(const struct sens_message *m)
{
	return strcmp(m->channel, "alimtalk") == 0;
}

static const struct json_doc *
list(struct req *rq, const struct sens_message *m, int64_t since_us)
{
	const char *query = arena_printf(rq->mem, "requestStartTime=%s&requestEndTime=%s&to=%.*s&pageSize=%d",
	    seoul_time(rq, since_us - 1000000), seoul_time(rq, rq->now_us + 1000000), TEXT_ARG(m->phone), PAGE);
	const struct json_doc *doc;
	int status;

	if (is_alimtalk(m))
		query = arena_printf(rq->mem, "plusFriendId=%s&%s", messaging_of(rq)->config->sens_channel, query);
	sens_call(rq, text_of(arena_printf(rq->mem, "%s/messages?%s", sens_service(rq, m->channel), query)),
	    (struct text){ NULL, 0 }, &status, &doc);
	return status == 200 ? doc : NULL;
}

/* A member of the list's i-th item; .len 0 when it is not there. */
static struct text
item(struct req *rq, const struct json_doc *doc, size_t i, const char *name)
{
	struct text t;

	return json_text(rq, doc, arena_printf(rq->mem, "messages.%zu.%s", i, name), &t) ? t : TEXT("");
}

static bool
may_be(struct req *rq, const struct json_doc *doc, size_t i, const struct sens_message *m)
{
	if (!text_eq(item(rq, doc, i, "to"), m->phone))
		return false;
	if (is_alimtalk(m))
		return text_eq(item(rq, doc, i, "templateCode"), m->template_code);
	return text_eq_nocase(item(rq, doc, i, "type"), text_of(m->channel));
}

static enum sens_verdict
compare(struct req *rq, struct text message_id, const struct sens_message *m, struct text content)
{
	const struct json_doc *doc;
	struct text said;
	int status;

	sens_call(rq, text_of(arena_printf(rq->mem, "%s/messages/%.*s", sens_service(rq, m->channel),
	    TEXT_ARG(message_id))), (struct text){ NULL, 0 }, &status, &doc);
	if (status != 200 || !json_text(rq, doc, is_alimtalk(m) ? "content" : "messages.0.content", &said))
		return SENS_UNCLEAR;
	return text_eq(said, content) ? SENS_ACCEPTED : SENS_ABSENT;
}

void
sens_find(struct req *rq, const struct sens_message *m, int64_t since_us, struct sens_answer *out)
{
	const struct json_doc *doc = list(rq, m, since_us);
	struct text content = is_alimtalk(m) ? m->content :
	    euckr_clean(rq, m->content, strcmp(m->channel, "lms") == 0 ? LMS_MAX_BYTES : SMS_MAX_BYTES);
	size_t n = doc != NULL ? json_length(doc, "messages") : 0;

	*out = (struct sens_answer){ .verdict = doc != NULL && n < PAGE ? SENS_ABSENT : SENS_UNCLEAR };
	for (size_t i = 0; i < n; i++) {
		enum sens_verdict same = may_be(rq, doc, i, m) ?
		    compare(rq, item(rq, doc, i, "messageId"), m, content) : SENS_ABSENT;

		if (same == SENS_ABSENT)
			continue;
		out->verdict = same;
		out->id = item(rq, doc, i, is_alimtalk(m) ? "messageId" : "requestId");
		return;
	}
}
