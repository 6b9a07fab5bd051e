/* The two tokens of a session. */
#include "services/auth/session/tokens.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/jwt.h"
#include "services/auth/auth.h"
#include "services/auth/session/signing.h"

struct text
refresh_successor(struct req *rq, struct text presented, struct uuid family, int64_t generation)
{
	const struct key256 *key = &auth_of(rq)->refresh_key;
	char id[UUID_CHARS + 1];
	uint8_t mac[SHA256_BYTES];

	uuid_print(family, id);
	digest_hmac((struct text){ (const char *)key->b, sizeof(key->b) },
	    text_of(arena_printf(rq->mem, "%.*s|%s|%lld", TEXT_ARG(presented), id, (long long)generation)), mac);
	return text_base64url(rq->mem, (struct text){ (const char *)mac, sizeof(mac) });
}

int64_t
access_expires_us(const struct req *rq)
{
	return rq->now_us + seconds_us(auth_of(rq)->config->access_token_s);
}

int64_t
refresh_expires_us(const struct req *rq)
{
	return rq->now_us + seconds_us(auth_of(rq)->config->refresh_token_s);
}

const struct err *
tokens_answer(struct req *rq, const struct session_user *who, struct uuid jti, struct text refresh, struct tokens *out)
{
	const struct auth *auth = auth_of(rq);

	out->refresh_token = refresh;
	out->expires_in_seconds = (int32_t)auth->config->access_token_s;
	out->token_type = TEXT("Bearer");
	return signing_sign(rq, auth->signing, &(struct access_token){ .who = who->who, .user = who->user,
		.session = who->session, .jti = jti, .company = who->company, .issued_us = rq->now_us,
		.expires_us = access_expires_us(rq) }, &out->access_token);
}

enum who
who_of_kind(struct text kind)
{
	return text_is(kind, "operator") ? WHO_OPERATOR : WHO_STAFF;
}
