/* A session that Redis has lost is asked from auth. */
#include "services/notification/who/restore.h"
#include <stdlib.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "services/notification/who/call.h"

static const struct err *
read_session(struct req *rq, struct text body, struct session *out)
{
	struct text state, who, user, company, permissions;
	const struct json_doc *doc;

	TRY(json_parse(rq, body, &doc));
	if (!json_text(rq, doc, "state", &state) || !json_text(rq, doc, "who", &who) ||
	    !json_text(rq, doc, "userId", &user) || !uuid_parse(user, &out->user) ||
	    !json_text(rq, doc, "permissions", &permissions) || !json_i64(doc, "version", &out->version) ||
	    (json_text(rq, doc, "companyId", &company) && !uuid_parse(company, &out->company)))
		return FAIL(rq, UPSTREAM, "session.restore", "auth's answer cannot be read");
	out->state = text_is(state, "alive") ? SESSION_ALIVE : SESSION_REVOKED;
	out->who = text_is(who, "operator") ? WHO_OPERATOR : WHO_STAFF;
	out->permissions = strtoull(permissions.at, NULL, 16);
	return NULL;
}

const struct err *
session_restored(struct req *rq, struct uuid sid, struct session *out)
{
	struct provider_answer answer;
	char id[UUID_CHARS + 1];

	*out = (struct session){ .state = SESSION_ABSENT };
	uuid_print(sid, id);
	TRY(auth_call(rq, "POST", text_of(arena_printf(rq->mem, "/internal/sessions/%s/restore", id)), &answer));
	if (answer.status == 404)
		return FAIL(rq, UNKNOWN_WHO, "session.ended", "this session has ended; log in again");
	if (answer.status != 200)
		return FAIL(rq, BUSY, "session.unrestored", "the session cannot be looked up now");
	return read_session(rq, answer.body, out);
}
