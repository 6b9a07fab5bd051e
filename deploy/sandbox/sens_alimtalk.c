/* SENS's AlimTalk: sending, and the SMS that steps in for a failed one. */
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/inbox.h"
#include "deploy/sandbox/sens.h"
#include "deploy/sandbox/settings.h"
#include "deploy/sandbox/text.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGES_PER_CALL 100
#define CONTENT_CHARS_MAX 1000
#define ACCEPTED "A000"
#define TEMPLATE_MISMATCH "A003"
#define DELIVERED "0000"

struct call {
	const char *channel, *template_code;
	const json_t *messages;
	int64_t at_us;
	char request_id[SENS_ID_SIZE];
};

/* Failed AlimTalks whose failure is not known yet, and which an SMS will stand in for. */
static struct pending {
	char id[SENS_ID_SIZE];
	struct due due;
	struct pending *next;
} * pending;

static char *
copy(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

/* Whether the content is what was approved, as far as the sandbox knows the template. */
static bool
template_fits(const struct call *c, const char *content)
{
	enum sens_template_fit fit = sens_template_check(c->template_code, content);

	if (fit == SENS_TEMPLATE_UNKNOWN)
		return settings_number(SETTING_ALIMTALK_TEMPLATES_ONLY) == 0;
	return fit == SENS_TEMPLATE_FITS;
}

static void
show_in_inbox(const struct sens_message *m)
{
	struct inbox_entry entry = {
		.kind = "alimtalk",
		.to = m->to,
		.from = m->channel,
		.subject = m->subject,
		.content = m->content,
		.template_code = m->template_code,
		.status = strcmp(m->code, DELIVERED) == 0 ? "success" : "fail",
		.code = m->code,
		.due = m->due,
	};

	inbox_add(&entry);
}

static void
read_failover(const json_t *in, struct sens_message *m)
{
	const json_t *config = json_object_get(in, "failoverConfig");
	const char *content = json_text(config, "content"), *from = json_text(config, "from");
	const char *type = json_text(config, "type");

	m->failover = json_is_true(json_object_get(in, "useSmsFailover"));
	m->failover_content = copy(content != NULL ? content : m->content);
	m->failover_subject = copy(json_text(config, "subject"));
	snprintf(m->failover_type, sizeof(m->failover_type), "%s", type != NULL ? type : "");
	snprintf(m->from, sizeof(m->from), "%s", from != NULL ? from : "");
}

static void
await_failure(const struct sens_message *m)
{
	struct pending *waiting = calloc(1, sizeof(*waiting));

	if (waiting == NULL)
		return;
	memcpy(waiting->id, m->id, sizeof(waiting->id));
	waiting->due = m->due;
	waiting->next = pending;
	pending = waiting;
}

static void
send_one(const struct call *c, const json_t *in, const char *id)
{
	const char *country = json_text(in, "countryCode");
	struct sens_message m = { .kind = SENS_ALIMTALK, .sent_us = c->at_us, .type = "AT" }, *kept;

	memcpy(m.request_id, c->request_id, sizeof(m.request_id));
	snprintf(m.id, sizeof(m.id), "%s", id);
	snprintf(m.to, sizeof(m.to), "%s", json_text(in, "to"));
	snprintf(m.country, sizeof(m.country), "%s", country != NULL ? country : "82");
	m.content = copy(json_text(in, "content"));
	m.subject = copy(json_text(in, "title"));
	m.channel = copy(c->channel);
	m.template_code = copy(c->template_code);
	read_failover(in, &m);
	settings_result(SETTING_ALIMTALK_RESULTS, m.to, DELIVERED, m.code);
	m.due = due_in(settings_number(SETTING_ALIMTALK_RESULT_DELAY_MS) * 1000);
	kept = sens_add(&m);
	if (kept == NULL)
		return;
	show_in_inbox(kept);
	if (kept->failover && strcmp(kept->code, DELIVERED) != 0)
		await_failure(kept);
}

/* An item that is refused stands beside the accepted ones, without a message id. */
static json_t *
accept_one(const struct call *c, const json_t *in, size_t i)
{
	const char *content = json_text(in, "content"), *country = json_text(in, "countryCode");
	bool fits = template_fits(c, content);
	char id[SENS_ID_SIZE];

	snprintf(id, sizeof(id), "%.26s-%u", c->request_id + 5, (unsigned)i);
	if (fits)
		send_one(c, in, id);
	return json_pack("{s:s?, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "messageId", fits ? id : NULL,
	    "countryCode", country != NULL ? country : "82", "to", json_text(in, "to"),
	    "content", content, "requestStatusCode", fits ? ACCEPTED : TEMPLATE_MISMATCH,
	    "requestStatusName", fits ? "success" : "fail",
	    "requestStatusDesc", fits ? "성공" : "템플릿과 일치하지 않는 메시지",
	    "useSmsFailover", json_is_true(json_object_get(in, "useSmsFailover")));
}

static const char *
check_message(const json_t *m)
{
	const char *content = json_text(m, "content");
	const json_t *config = json_object_get(m, "failoverConfig");
	const char *from = json_text(config, "from");

	if (!sens_is_phone(json_text(m, "to")))
		return "to: digits only";
	if (content == NULL || *content == '\0')
		return "content: must not be empty";
	if (text_chars(content) > CONTENT_CHARS_MAX)
		return "content: too long";
	if (from != NULL && strcmp(from, conf.sens_from) != 0)
		return "failoverConfig.from: not a registered sender number";
	return NULL;
}

static const char *
check_call(const struct call *c)
{
	size_t n = json_array_size(c->messages);

	if (c->channel == NULL || c->channel[0] != '@')
		return "plusFriendId: must start with @";
	if (c->template_code == NULL || *c->template_code == '\0')
		return "templateCode: must not be empty";
	if (n < 1 || n > MESSAGES_PER_CALL)
		return "messages: from 1 to 100";
	for (size_t i = 0; i < n; i++) {
		const char *wrong = check_message(json_array_get(c->messages, i));

		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

static void
send_call(struct reply *rep, const struct call *c)
{
	json_t *items = json_array();
	char at[CLOCK_TEXT], with_ms[CLOCK_TEXT + 8];

	sens_lock();
	for (size_t i = 0; i < json_array_size(c->messages); i++)
		json_array_append_new(items, accept_one(c, json_array_get(c->messages, i), i));
	sens_unlock();
	clock_kst(c->at_us, "%Y-%m-%dT%H:%M:%S", at);
	snprintf(with_ms, sizeof(with_ms), "%s.%03d", at, (int)(c->at_us / 1000 % 1000));
	reply_json(rep, 202, json_pack("{s:s, s:s, s:s, s:s, s:o}", "requestId", c->request_id,
	    "requestTime", with_ms, "statusCode", "202", "statusName", "processing",
	    "messages", items));
}

void
sens_alimtalk_send(struct request *rq, struct reply *rep)
{
	json_t *in;
	struct call c = { .at_us = clock_now() };
	const char *wrong;

	if (!sens_service_known(rq, conf.sens_alimtalk_service, rep))
		return;
	in = request_json(rq);
	c.channel = json_text(in, "plusFriendId");
	c.template_code = json_text(in, "templateCode");
	c.messages = json_object_get(in, "messages");
	sens_new_id("RBAA", c.request_id);
	wrong = json_object_get(in, "reserveTime") == NULL ? check_call(&c)
	    : "reserveTime: the sandbox plays no reservations";
	if (wrong != NULL)
		sens_refuse(rep, 400, wrong);
	else
		send_call(rep, &c);
	json_decref(in);
}

static void
step_in(const struct pending *waiting)
{
	struct sens_message *m = sens_by_id(SENS_ALIMTALK, waiting->id);

	if (m == NULL)
		return;
	m->failover_sent = true;
	sens_sms_failover(m);
}

void
sens_tick(void)
{
	struct pending **at = &pending;

	sens_lock();
	while (*at != NULL) {
		struct pending *waiting = *at;

		if (!due_passed(waiting->due)) {
			at = &waiting->next;
			continue;
		}
		*at = waiting->next;
		step_in(waiting);
		free(waiting);
	}
	sens_unlock();
}

void
sens_reset(void)
{
	sens_lock();
	while (pending != NULL) {
		struct pending *next = pending->next;

		free(pending);
		pending = next;
	}
	sens_template_reset();
	sens_store_reset();
	sens_unlock();
}
