/* GET /.well-known/jwks.json and, for other services, GET /internal/jwks.json: the public keys of the access tokens. */
#include "common/core/text.h"
#include "common/http/http.h"
#include "gen/proto/auth/auth.gen.h"
#include "services/auth/auth.h"
#include "services/auth/session/signing.h"

const struct err *
key_set_read(struct req *rq)
{
	const struct auth *auth = auth_of(rq);

	http_header(rq, "Cache-Control",
	    text_of(arena_printf(rq->mem, "public, max-age=%lld", (long long)auth->config->jwks_max_age_s)));
	http_body(rq, "application/json", signing_jwks(rq, auth->signing));
	return NULL;
}

const struct err *
internal_jwks_read(struct req *rq)
{
	return key_set_read(rq);
}
