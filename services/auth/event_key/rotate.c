/* POST /api/event-keys/{keyId}/secrets: a new secret beside the old one, for a while. */
#include "common/audit/audit.h"
#include "common/core/clock.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/event_key/rotate.sql.h"
#include "services/auth/auth.h"
#include "services/auth/event_key/secret.h"

const struct err *
event_key_rotate(struct req *rq, const struct event_key_rotate_in *in, struct event_key_secret *out)
{
	int64_t until = rq->now_us + seconds_us(in->overlap_seconds);
	struct sql_event_key_renew_row was;
	char until_text[TIME_CHARS + 1];
	struct text digest;
	bool found;

	*out = (struct event_key_secret){ .key_id = in->key_id, .secret = event_secret_new(rq->mem, &digest),
		.has_old_secret_until = true, .old_secret_until = until };
	TRY(sql_event_key_renew(rq, in->key_id, digest, until, rq->now_us, &was, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "event_key.not_found", "there is no such key");
	if (was.revoked)
		return FAIL(rq, CONFLICT, "event_key.revoked", "this key was revoked; make another one");
	if (was.rotating)
		return FAIL(rq, CONFLICT, "event_key.rotating", "two secrets of this key are good already");
	time_print(until, until_text);
	LOG(rq, INFO, "event_key.rotated", kv_u("key", in->key_id), kv_u("by", rq->user));
	return audit_put(rq, &(struct audit){ .action = "event_key.rotated", .subject = in->key_id, .company = was.company_id,
		.is = AUDIT_OF(kv_s("oldSecretUntil", until_text)) });
}
