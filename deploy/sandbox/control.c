/* Lets a test set switches, read what happened, and start afresh. */
#include "deploy/sandbox/control.h"
#include "deploy/sandbox/idem.h"
#include "deploy/sandbox/imp.h"
#include "deploy/sandbox/inbox.h"
#include "deploy/sandbox/s3.h"
#include "deploy/sandbox/sens.h"
#include "deploy/sandbox/settings.h"
#include "deploy/sandbox/toss.h"
#include "deploy/sandbox/webhook.h"

#include <stdio.h>
#include <stdlib.h>

void
control_alive(struct request *rq, struct reply *rep)
{
	(void)rq;
	reply_text(rep, 200, "text/plain", "ok\n");
}

void
control_switches(struct request *rq, struct reply *rep)
{
	json_t *out = json_object();

	(void)rq;
	settings_describe(out);
	switches_describe(out);
	reply_json(rep, 200, out);
}

/* An endpoint has rules, anything else must be a setting. */
static const char *
set_one(const char *name, json_t *value, bool apply)
{
	const char *wrong;
	bool known;

	if (router_has_endpoint(name))
		return switches_set(name, value, apply);
	wrong = settings_set(name, value, apply, &known);
	return known ? wrong : "no such endpoint or setting";
}

/* All or nothing: a test must not run with half of the switches it asked for. */
void
control_set_switches(struct request *rq, struct reply *rep)
{
	json_t *in = request_json(rq), *value;
	const char *name, *wrong = json_is_object(in) ? NULL : "the body is a JSON object";

	for (int apply = 0; apply < 2 && wrong == NULL; apply++)
		json_object_foreach(in, name, value) {
			wrong = set_one(name, value, apply != 0);
			if (wrong != NULL) {
				reply_json(rep, 400, json_pack("{s:s, s:s}", "error", wrong,
				    "name", name));
				json_decref(in);
				return;
			}
		}
	json_decref(in);
	if (wrong != NULL)
		reply_json(rep, 400, json_pack("{s:s}", "error", wrong));
	else
		control_switches(rq, rep);
}

void
control_forget(void)
{
	webhook_reset();
	toss_lock();
	toss_reset();
	toss_unlock();
	imp_reset();
	imp_prepare_reset();
	sens_reset();
	s3_reset();
	idem_reset();
	inbox_reset();
}

void
control_reset(struct request *rq, struct reply *rep)
{
	(void)rq;
	switches_reset();
	settings_reset();
	router_reset_calls();
	control_forget();
	reply_empty(rep, 204);
}

static void
put_calls(FILE *out)
{
	json_t *calls = json_object();
	char *text;

	router_describe_calls(calls);
	text = json_dumps(calls, JSON_COMPACT | JSON_SORT_KEYS);
	fprintf(out, "\"calls\":%s", text != NULL ? text : "{}");
	free(text);
	json_decref(calls);
}

/* Written as text while it is walked: 200,000 payments as a JSON tree would be hundreds of MB. */
void
control_state(struct request *rq, struct reply *rep)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)rq;
	if (out == NULL) {
		reply_text(rep, 500, "application/json", "{\"error\":\"out of memory\"}");
		return;
	}
	fputs("{\"toss\":[", out);
	toss_describe(out);
	fputs("],\"imp\":[", out);
	imp_describe(out);
	fprintf(out, "],\"idempotency_keys\":%zu,", idem_count());
	put_calls(out);
	fputs("}", out);
	fclose(out);
	reply_own(rep, 200, "application/json", text, len);
}
