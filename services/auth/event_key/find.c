/* GET /internal/event-keys/{keyId}: a publisher asks what a key opens and how it is proven. */
#include "common/core/id.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/event_key/find.sql.h"

const struct err *
event_key_find(struct req *rq, const struct event_key_find_in *in, struct event_key_proof *out)
{
	struct sql_event_key_proof_row row;
	struct event_key_digest *secrets = NEWS(rq->mem, struct event_key_digest, 2);
	bool found;

	TRY(sql_event_key_proof(rq, in->key_id, rq->now_us, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "event_key.not_found", "no key that is good has this id");
	secrets[0] = (struct event_key_digest){ .sha256 = row.digest };
	secrets[1] = (struct event_key_digest){ .sha256 = row.old_digest, .has_until = true, .until = row.old_until };
	*out = (struct event_key_proof){ .key_id = in->key_id, .types = row.types, .n_types = row.n_types,
		.has_company_id = !uuid_is_nil(row.company_id), .company_id = row.company_id,
		.secrets = secrets, .n_secrets = row.old_digest.at != NULL ? 2 : 1 };
	return NULL;
}
