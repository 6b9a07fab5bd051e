/* SENS's SMS: sending, and the results one has to ask for. */
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/inbox.h"
#include "deploy/sandbox/sens.h"
#include "deploy/sandbox/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_PER_CALL 100
#define SMS_BYTES 90
#define LMS_BYTES 2000
#define SUBJECT_BYTES 40

static const struct sms_type {
	const char *name;
	const char *inbox_kind;
	size_t max;
} types[] = {
	{ "SMS", "sms", SMS_BYTES },
	{ "LMS", "lms", LMS_BYTES },
	{ "MMS", "mms", LMS_BYTES },
};

/* What all messages of one call share. */
struct call {
	const struct sms_type *type;
	const char *content_type, *country, *from, *subject, *content;
	const json_t *messages;
	int64_t at_us;
	char request_id[SENS_ID_SIZE];
};

static const struct sms_type *
find_type(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

static const char *
or_else(const char *text, const char *fallback)
{
	return text != NULL ? text : fallback;
}

/* What forbids one message, or NULL. Over-long text is cut later unless told to refuse it. */
static const char *
check_message(const struct call *c, const json_t *m)
{
	const char *content = or_else(json_text(m, "content"), c->content);
	const char *subject = or_else(json_text(m, "subject"), or_else(c->subject, ""));

	if (!sens_is_phone(json_text(m, "to")))
		return "to: digits only";
	if (content == NULL || *content == '\0')
		return "content: must not be empty";
	if (settings_number(SETTING_SENS_REFUSE_OVERLONG) == 0)
		return NULL;
	if (sens_measure(content, c->type->max).bytes > c->type->max)
		return "content: too long";
	if (sens_measure(subject, SUBJECT_BYTES).bytes > SUBJECT_BYTES)
		return "subject: too long";
	return NULL;
}

static const char *
check_call(const struct call *c)
{
	size_t n = json_array_size(c->messages);

	if (c->type == NULL)
		return "type: SMS, LMS or MMS";
	if (strcmp(c->content_type, "COMM") != 0 && strcmp(c->content_type, "AD") != 0)
		return "contentType: COMM or AD";
	if (strspn(c->country, "0123456789") != strlen(c->country) || strlen(c->country) > 4)
		return "countryCode: digits only";
	if (!sens_is_phone(c->from))
		return "from: digits only";
	if (strcmp(c->from, conf.sens_from) != 0)
		return "from: not a registered sender number";
	if (n < 1 || n > MESSAGES_PER_CALL)
		return "messages: from 1 to 100";
	for (size_t i = 0; i < n; i++) {
		const char *wrong = check_message(c, json_array_get(c->messages, i));

		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

static void
read_call(const json_t *in, struct call *c)
{
	*c = (struct call){
		.type = find_type(json_text(in, "type")),
		.content_type = or_else(json_text(in, "contentType"), "COMM"),
		.country = or_else(json_text(in, "countryCode"), "82"),
		.from = json_text(in, "from"),
		.subject = json_text(in, "subject"),
		.content = json_text(in, "content"),
		.messages = json_object_get(in, "messages"),
		.at_us = clock_now(),
	};
	sens_new_id("RSLA", c->request_id);
	if (c->type != NULL && strcmp(c->type->name, "MMS") == 0
	    && json_array_size(json_object_get(in, "files")) == 0)
		c->type = find_type("LMS");
}

static void
show_in_inbox(const struct sens_message *m, const struct sms_type *type)
{
	bool delivered = strcmp(m->code, "0") == 0;
	struct inbox_entry entry = {
		.kind = type->inbox_kind,
		.to = m->to,
		.from = m->from,
		.subject = m->subject,
		.content = m->content,
		.status = delivered ? "success" : "fail",
		.code = m->code,
		.due = m->due,
	};

	inbox_add(&entry);
}

/* The provider sends what fits; what EUC-KR cannot say fails with 3022. */
static void
send_one(const struct call *c, const char *to, const char *subject, const char *content,
    const char *id)
{
	struct sens_length l = sens_measure(content, c->type->max);
	struct sens_length s = sens_measure(subject, SUBJECT_BYTES);
	struct sens_message m = { .kind = SENS_SMS, .sent_us = c->at_us }, *kept;

	memcpy(m.request_id, c->request_id, sizeof(m.request_id));
	snprintf(m.id, sizeof(m.id), "%s", id);
	snprintf(m.to, sizeof(m.to), "%s", to);
	snprintf(m.from, sizeof(m.from), "%s", c->from);
	snprintf(m.country, sizeof(m.country), "%s", c->country);
	snprintf(m.type, sizeof(m.type), "%s", c->type->name);
	snprintf(m.content_type, sizeof(m.content_type), "%s", c->content_type);
	if (l.encodable && s.encodable)
		settings_result(SETTING_SMS_RESULTS, to, "0", m.code);
	else
		snprintf(m.code, sizeof(m.code), "3022");
	m.due = due_in(settings_number(SETTING_SMS_RESULT_DELAY_MS) * 1000);
	m.content = strndup(content, l.fits);
	m.subject = strndup(subject, s.fits);
	kept = sens_add(&m);
	if (kept != NULL)
		show_in_inbox(kept, c->type);
}

static void
send_all(const struct call *c)
{
	for (size_t i = 0; i < json_array_size(c->messages); i++) {
		const json_t *m = json_array_get(c->messages, i);
		char id[SENS_ID_SIZE];

		snprintf(id, sizeof(id), "0-%.26s-%u", c->request_id + 5, (unsigned)i);
		send_one(c, json_text(m, "to"),
		    or_else(json_text(m, "subject"), or_else(c->subject, "")),
		    or_else(json_text(m, "content"), c->content), id);
	}
}

void
sens_sms_send(struct request *rq, struct reply *rep)
{
	json_t *in = request_json(rq);
	struct call c;
	const char *wrong;
	char at[CLOCK_TEXT], with_ms[CLOCK_TEXT + 8];

	if (!sens_service_known(rq, conf.sens_sms_service, rep)) {
		json_decref(in);
		return;
	}
	read_call(in, &c);
	wrong = json_object_get(in, "reserveTime") == NULL ? check_call(&c)
	    : "reserveTime: the sandbox plays no reservations";
	if (wrong != NULL) {
		sens_refuse(rep, 400, wrong);
		json_decref(in);
		return;
	}
	sens_lock();
	send_all(&c);
	sens_unlock();
	clock_kst(c.at_us, "%Y-%m-%dT%H:%M:%S", at);
	snprintf(with_ms, sizeof(with_ms), "%s.%03d", at, (int)(c.at_us / 1000 % 1000));
	reply_json(rep, 202, json_pack("{s:s, s:s, s:s, s:s}", "requestId", c.request_id,
	    "requestTime", with_ms, "statusCode", "202", "statusName", "success"));
	json_decref(in);
}

void
sens_sms_failover(struct sens_message *alimtalk)
{
	struct call c = {
		.type = find_type(alimtalk->failover_type),
		.content_type = "COMM",
		.country = alimtalk->country,
		.from = alimtalk->from[0] != '\0' ? alimtalk->from : conf.sens_from,
		.at_us = clock_now(),
	};

	if (c.type == NULL)
		c.type = sens_measure(alimtalk->failover_content, SMS_BYTES).bytes > SMS_BYTES
		    ? find_type("LMS") : find_type("SMS");
	sens_new_id("RSLA", c.request_id);
	snprintf(alimtalk->failover_request_id, SENS_ID_SIZE, "%s", c.request_id);
	snprintf(alimtalk->failover_id, SENS_ID_SIZE, "0-%.26s-0", c.request_id + 5);
	send_one(&c, alimtalk->to, or_else(alimtalk->failover_subject, ""),
	    alimtalk->failover_content, alimtalk->failover_id);
}
