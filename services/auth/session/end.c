/* DELETE /api/sessions/current: log out. Redis has the tombstone and the blacklist before the answer. */
#include "common/core/fault.h"
#include "gen/proto/auth/auth.gen.h"
#include "services/auth/session/state.h"
#include "common/db/db.h"

static const struct err *
revoke(struct req *rq, void *arg)
{
	bool revoked;

	(void)arg;
	return session_revoke(rq, rq->session, "logout", &revoked);
}

const struct err *
session_end(struct req *rq)
{
	struct session session;

	TRY(db_tx(rq, TX_WRITE, revoke, NULL));
	FAULT_POINT("logout.committed");
	return session_copy(rq, rq->session, &session);
}
