/* Who calls: the gateway's word for a person, or another service on /internal/. */
#include "common/core/text.h"
#include "common/svc/room.h"
#include "common/token/identity.h"

/* A service speaks for itself under its own key and only on /internal/; the gateway never routes there, and
 * its key opens nothing there. */
const struct err *
svc_identify(struct req *rq, struct text method, struct text path_query, struct text header)
{
	bool internal = text_starts(path_query, TEXT("/internal/"));
	const struct keyring *ring = internal ? &process.pair_ring : &process.identity_ring;
	struct identity id;

	TRY(identity_verify(rq, ring, process.svc->name, method, path_query, header, &id));
	if (internal != (id.who == WHO_SERVICE))
		return FAIL(rq, UNKNOWN_WHO, "identity.invalid", "The identity does not fit the path");
	rq->who = id.who;
	rq->user = id.user;
	rq->company = id.company;
	rq->session = id.session;
	rq->permissions = id.permissions;
	if (id.request_id.len > 0)
		rq->request_id = arena_copy(rq->mem, id.request_id);
	if (id.client_ip.len > 0)
		rq->client_ip = arena_copy(rq->mem, id.client_ip);
	return NULL;
}
