/* The AlimTalk templates a test has registered, and whether a text was made from one. */
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/sens.h"

#include <stdlib.h>
#include <string.h>

#define TEMPLATES_MAX 500
#define CODE_SIZE 64
/* A thousand characters. */
#define CONTENT_SIZE 4001

static struct approved {
	char code[CODE_SIZE], content[CONTENT_SIZE];
	int64_t at_us;
} templates[TEMPLATES_MAX];
static size_t template_count;

static struct approved *
find(const char *code)
{
	for (size_t i = 0; i < template_count; i++)
		if (strcmp(templates[i].code, code) == 0)
			return &templates[i];
	return NULL;
}

/* Whether text is the template with each #{name} replaced by anything: the greedy match of a
 * glob, which goes back only to the last variable. */
static bool
fits(const char *pattern, const char *text)
{
	const char *after_variable = NULL, *resume = NULL;

	while (*text != '\0' || *pattern != '\0') {
		if (strncmp(pattern, "#{", 2) == 0 && strchr(pattern, '}') != NULL) {
			pattern = strchr(pattern, '}') + 1;
			after_variable = pattern;
			resume = text;
		} else if (*pattern == *text && *text != '\0') {
			pattern++;
			text++;
		} else if (resume != NULL && *resume != '\0') {
			pattern = after_variable;
			text = ++resume;
		} else {
			return false;
		}
	}
	return true;
}

enum sens_template_fit
sens_template_check(const char *code, const char *content)
{
	const struct approved *t = find(code);

	if (t == NULL)
		return SENS_TEMPLATE_UNKNOWN;
	return fits(t->content, content) ? SENS_TEMPLATE_FITS : SENS_TEMPLATE_DIFFERS;
}

static bool
keep(const char *code, const char *content)
{
	struct approved *t = find(code);

	if (strlen(code) >= CODE_SIZE || strlen(content) >= CONTENT_SIZE
	    || (t == NULL && template_count == TEMPLATES_MAX))
		return false;
	if (t == NULL)
		t = &templates[template_count++];
	snprintf(t->code, CODE_SIZE, "%s", code);
	snprintf(t->content, CONTENT_SIZE, "%s", content);
	t->at_us = clock_now();
	return true;
}

/* Control: {templateCode, content} is approved from now on. */
void
sens_template_put(struct request *rq, struct reply *rep)
{
	json_t *in = request_json(rq);
	const char *code = json_text(in, "templateCode"), *content = json_text(in, "content");
	bool kept = false;

	if (code != NULL && content != NULL) {
		sens_lock();
		kept = keep(code, content);
		sens_unlock();
	}
	json_decref(in);
	if (kept)
		reply_empty(rep, 204);
	else
		reply_text(rep, 400, "application/json",
		    "{\"error\":\"templateCode and content, at most 500 templates\"}");
}

static json_t *
template_json(const struct approved *t, const char *channel)
{
	char at[CLOCK_TEXT];

	clock_kst(t->at_us, "%Y-%m-%dT%H:%M:%S.000", at);
	return json_pack("{s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:[], s:s, s:s}",
	    "createTime", at, "updateTime", at, "channelId", channel, "templateCode", t->code,
	    "templateName", t->code, "messageType", "BA", "content", t->content, "buttons",
	    "templateInspectionStatus", "APR", "templateStatus", "A");
}

void
sens_template_list(struct request *rq, struct reply *rep)
{
	char *channel, *code;
	json_t *list;

	if (!sens_service_known(rq, conf.sens_alimtalk_service, rep))
		return;
	channel = request_query(rq, "channelId");
	code = request_query(rq, "templateCode");
	list = json_array();
	sens_lock();
	for (size_t i = 0; i < template_count; i++)
		if (code == NULL || strcmp(templates[i].code, code) == 0)
			json_array_append_new(list, template_json(&templates[i], channel));
	sens_unlock();
	free(channel);
	free(code);
	reply_json(rep, 200, list);
}

void
sens_template_reset(void)
{
	template_count = 0;
}
