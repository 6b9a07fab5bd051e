/* A new password and what goes with it. */
#include "services/auth/password/set.h"
#include "common/core/id.h"
#include "common/outbox/outbox.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/services/auth/password/change.sql.h"

const struct err *
password_set(struct req *rq, const struct new_password *p, struct session_ids *ended, bool *set)
{
	struct sql_password_set_row row;

	TRY(sql_password_set(rq, p->user, p->checked_phc, p->phc, &row, set));
	if (!*set)
		return NULL;
	TRY(sessions_revoke(rq, p->user, p->kept, "password_changed", ended));
	rq->company = row.company_id;
	return outbox_put(rq, &password_changed_v1_event, p->user, &(struct password_changed_v1){ .user_id = p->user,
		.has_company_id = !uuid_is_nil(row.company_id), .company_id = row.company_id, .phone = row.phone,
		.changed_at = rq->now_us });
}
