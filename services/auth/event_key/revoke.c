/* DELETE /api/event-keys/{keyId}: the key opens nothing any more. */
#include "common/log/log.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/event_key/revoke.sql.h"

const struct err *
event_key_revoke(struct req *rq, const struct event_key_revoke_in *in)
{
	int64_t n;

	TRY(sql_event_key_end(rq, in->key_id, rq->user, rq->now_us, &n));
	if (n == 0)
		return FAIL(rq, NOT_FOUND, "event_key.not_found", "there is no such key");
	LOG(rq, INFO, "event_key.revoked", kv_u("key", in->key_id), kv_u("by", rq->user));
	return NULL;
}
