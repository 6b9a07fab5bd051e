/* DELETE /api/event-keys/{keyId}: the key opens nothing any more. */
#include "common/audit/audit.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/event_key/revoke.sql.h"

const struct err *
event_key_revoke(struct req *rq, const struct event_key_revoke_in *in)
{
	struct sql_event_key_end_row was;
	bool found;

	TRY(sql_event_key_end(rq, in->key_id, rq->user, rq->now_us, &was, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "event_key.not_found", "there is no such key");
	LOG(rq, INFO, "event_key.revoked", kv_u("key", in->key_id), kv_u("by", rq->user));
	if (!was.first)
		return NULL;
	return audit_put(rq, &(struct audit){ .action = "event_key.revoked", .subject = in->key_id,
		.company = was.company_id, .was = AUDIT_OF(kv_t("name", was.name)) });
}
