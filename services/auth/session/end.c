/* Log-outs: DELETE /api/sessions/current, /api/sessions/others and /api/sessions/{sessionId}. Redis has the tombstones and
 * the blacklist before the answer. */
#include "common/core/fault.h"
#include "common/db/db.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/session/end.sql.h"
#include "services/auth/session/state.h"

static const struct err *
revoke(struct req *rq, void *session_id)
{
	const struct uuid *id = session_id;
	bool revoked;

	return session_revoke(rq, *id, "logout", &revoked);
}

static const struct err *
end(struct req *rq, struct uuid session_id)
{
	struct session session;

	TRY(db_tx(rq, TX_WRITE, revoke, &session_id));
	FAULT_POINT("logout.committed");
	return session_copy(rq, session_id, &session);
}

const struct err *
session_end(struct req *rq)
{
	return end(rq, rq->session);
}

const struct err *
session_end_one(struct req *rq, const struct session_end_one_in *in)
{
	struct sql_session_owned_row row;
	bool found;

	TRY(sql_session_owned(rq, in->session_id, rq->user, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "session.not_found", "you have no such session");
	return end(rq, in->session_id);
}

static const struct err *
revoke_others(struct req *rq, void *ended)
{
	return sessions_revoke(rq, rq->user, rq->session, "logout_others", ended);
}

const struct err *
session_end_others(struct req *rq)
{
	struct session_ids ended;

	TRY(db_tx(rq, TX_WRITE, revoke_others, &ended));
	FAULT_POINT("logout.others_committed");
	return sessions_copy(rq, &ended);
}
