/* Who may come in. */
#include "services/notification/who/admit.h"
#include <string.h>
#include "common/core/app.h"
#include "common/core/id.h"
#include "common/log/log.h"
#include "common/session/session.h"
#include "services/notification/who/keys.h"
#include "services/notification/who/restore.h"

static void
blacklist(struct req *rq, const struct access_token *token)
{
	const struct err *e = session_blacklist(rq, rq->app->redis, token->jti, token->expires_us);

	if (e != NULL)
		log_err(rq, LV_WARN, "admit.not_blacklisted", e);
}

const struct err *
admit_token(struct req *rq, struct text token, struct access_token *out)
{
	const struct err *e = keys_verify(rq, token, out);

	if (e != NULL && strcmp(e->slug, "token.expired") == 0)
		blacklist(rq, out);
	return e;
}

const struct err *
admit_session(struct req *rq, const struct access_token *token, struct uuid *company)
{
	struct gate_answer gate;

	TRY(session_gate(rq, rq->app->redis, token->session, token->jti, NULL, 0, &gate));
	if (gate.blacklisted)
		return FAIL(rq, UNKNOWN_WHO, "session.ended", "this token is no longer valid");
	if (gate.session.state == SESSION_ABSENT)
		TRY(session_restored(rq, token->session, &gate.session));
	if (gate.session.state != SESSION_ALIVE) {
		blacklist(rq, token);
		return FAIL(rq, UNKNOWN_WHO, "session.ended", "this session has ended; log in again");
	}
	if (token->who != WHO_STAFF || gate.session.who != token->who || !uuid_eq(gate.session.user, token->user))
		return FAIL(rq, UNKNOWN_WHO, "token.invalid", "the token does not fit its session, or is not staff's");
	*company = gate.session.company;
	return NULL;
}

const char *
admit_word(const struct err *e)
{
	if (e->code != E_UNKNOWN_WHO)
		return "busy";
	if (strcmp(e->slug, "token.expired") == 0)
		return "token_expired";
	return strcmp(e->slug, "session.ended") == 0 ? "session_ended" : "token_invalid";
}
