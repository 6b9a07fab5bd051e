/* Who may come in. */
#include "services/notification/who/admit.h"
#include <string.h>
#include "common/caller/caller.h"
#include "common/core/id.h"
#include "services/notification/notification.h"

const struct err *
admit_token(struct req *rq, struct text token, struct access_token *out)
{
	return caller_token(rq, notification_of(rq)->callers, token, out);
}

const struct err *
admit_session(struct req *rq, const struct access_token *token, struct uuid *company)
{
	struct gate_answer gate;

	TRY(caller_session(rq, notification_of(rq)->callers, token, NULL, &gate));
	if (token->who != WHO_STAFF && token->who != WHO_OPERATOR && token->who != WHO_CUSTOMER)
		return FAIL(rq, UNKNOWN_WHO, "token.invalid", "the token is not a person's");
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
	return strcmp(e->slug, "token.revoked") == 0 ? "session_ended" : "token_invalid";
}
