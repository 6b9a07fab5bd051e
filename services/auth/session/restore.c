/* POST /internal/sessions/{sessionId}/restore: Redis has lost a session; it is written back from the truth. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/session/session.sql.h"
#include "services/auth/session/state.h"

/* A flush of Redis has all sessions restored at once; those that refreshed lately need no writing. */
static const int64_t SEEN_EVERY_US = INT64_C(600) * 1000000;

const struct err *
session_restore(struct req *rq, const struct session_restore_in *in, struct restored_session *out)
{
	struct session session;
	int64_t n;

	TRY(sql_session_seen(rq, in->session_id, rq->now_us, rq->now_us - SEEN_EVERY_US, &n));
	TRY(session_copy(rq, in->session_id, &session));
	*out = (struct restored_session){ .state = session.state == SESSION_ALIVE ? TEXT("alive") : TEXT("revoked"),
		.who = session.who == WHO_OPERATOR ? TEXT("operator") : TEXT("staff"), .user_id = session.user,
		.has_company_id = !uuid_is_nil(session.company), .company_id = session.company,
		.permissions = text_of(arena_printf(rq->mem, "%llx", (unsigned long long)session.permissions)),
		.version = session.version };
	return NULL;
}
