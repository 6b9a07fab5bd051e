/* POST /api/point-accounts/{userId}/grants: an operator gives points, with a reason. */
#include "common/audit/audit.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/points/grant.sql.h"

const struct err *
points_grant(struct req *rq, const struct points_grant_in *in, struct points_granted *out)
{
	struct sql_points_grant_row row;
	bool found;

	*out = (struct points_granted){ .id = uuid_new(), .user_id = in->user_id, .amount_krw = in->amount_krw,
		.reason = in->reason, .created_at = rq->now_us };
	TRY(sql_points_grant(rq, &(struct sql_points_grant_in){ .grant_id = out->id, .entry_id = uuid_new(),
		.user_id = in->user_id, .amount_krw = in->amount_krw, .note = in->reason, .made_by = rq->user,
		.now = rq->now_us }, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "points.no_account", "this user has no points account");
	FAULT_POINT("points.granted");
	out->balance_krw = row.balance_krw;
	rq->company = row.company_id;       /* the event's tenant is the user's, the operator has none */
	LOG(rq, INFO, "points.granted", kv_u("grant", out->id), kv_i("amountKrw", out->amount_krw));
	TRY(audit_put(rq, &(struct audit){ .action = "points.granted", .subject = in->user_id, .type = &points_granted_type,
		.after = out }));
	return outbox_put(rq, &points_granted_v1_event, in->user_id, &(struct points_granted_v1){ .grant_id = out->id,
		.user_id = in->user_id, .company_id = row.company_id, .amount_krw = out->amount_krw,
		.balance_krw = out->balance_krw, .reason = out->reason, .granted_by = rq->user, .granted_at = rq->now_us });
}
