/* What a client says when it asks to come in. */
#include "services/notification/door/hello.h"
#include "common/core/id.h"
#include "common/json/json.h"

const struct err *
hello_read(struct req *rq, struct text auth_json, struct hello *out)
{
	const struct json_doc *doc;
	struct text alarm;

	*out = (struct hello){ .number = -1 };
	if (json_parse(rq, auth_json, &doc) != NULL || !json_text(rq, doc, "token", &out->token))
		return FAIL(rq, UNKNOWN_WHO, "token.invalid", "the auth object has no token");
	if (!json_i64(doc, "lastNumber", &out->number) || out->number < 0)
		out->number = -1;
	if (json_text(rq, doc, "lastAlarmId", &alarm) && !uuid_parse(alarm, &out->alarm))
		out->alarm = (struct uuid){ { 0 } };
	return NULL;
}
