/* POST /internal/sessions/{sessionId}/restore: Redis has lost a session; it is written back from the truth. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth.gen.h"
#include "services/auth/session/state.h"

const struct err *
session_restore(struct req *rq, const struct session_restore_in *in, struct restored_session *out)
{
	struct session session;

	TRY(session_copy(rq, in->session_id, &session));
	*out = (struct restored_session){ .state = session.state == SESSION_ALIVE ? TEXT("alive") : TEXT("revoked"),
		.who = session.who == WHO_OPERATOR ? TEXT("operator") : TEXT("staff"), .user_id = session.user,
		.has_company_id = !uuid_is_nil(session.company), .company_id = session.company,
		.permissions = text_of(arena_printf(rq->mem, "%llx", (unsigned long long)session.permissions)),
		.version = session.version };
	return NULL;
}
