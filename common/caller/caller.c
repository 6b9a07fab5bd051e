/* Opening and closing, and the verdict over a token and its session. */
#include "common/caller/caller.h"
#include <stdlib.h>
#include <time.h>
#include "common/caller/room.h"
#include "common/core/app.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"

struct callers *
callers_open(const struct callers_config *config)
{
	struct callers *c = calloc(1, sizeof(*c));
	pthread_condattr_t monotonic;

	SURE(c != NULL && pthread_mutex_init(&c->lock, NULL) == 0);
	SURE(pthread_condattr_init(&monotonic) == 0 && pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	SURE(pthread_cond_init(&c->ended, &monotonic) == 0 && pthread_condattr_destroy(&monotonic) == 0);
	c->app = config->app;
	c->ask = config->ask;
	c->refresh_s = config->refresh_s;
	c->keys = jwt_keys_open(config->issuer, config->audience);
	caller_keys_open(c);
	return c;
}

void
callers_close(struct callers **owner)
{
	struct callers *c = *owner;

	if (c == NULL)
		return;
	caller_keys_close(c);
	jwt_keys_close(&c->keys);
	SURE(pthread_cond_destroy(&c->ended) == 0 && pthread_mutex_destroy(&c->lock) == 0);
	free(c);
	*owner = NULL;
}

/* A token that is over is kept on the blacklist from the moment it is presented. */
static void
blacklist(struct req *rq, const struct access_token *token)
{
	const struct err *e = session_blacklist(rq, rq->app->redis, token->jti, token->expires_us);

	if (e != NULL)
		log_err(rq, LV_WARN, "caller.not_blacklisted", e);
}

static bool
is_slug(const struct err *e, const char *slug)
{
	return e != NULL && text_is(text_of(e->slug), slug);
}

const struct err *
caller_token(struct req *rq, struct callers *c, struct text token, struct access_token *out)
{
	const struct err *e = caller_verify(rq, c, token, out);

	if (is_slug(e, "token.expired"))
		blacklist(rq, out);
	return e;
}

bool
caller_knows(struct req *rq, struct callers *c, struct text token, struct access_token *out)
{
	return jwt_known(rq, c->keys, token, out);
}

static const struct err *
judge(struct req *rq, struct callers *c, const struct access_token *token, struct gate_answer *gate)
{
	struct session *session = &gate->session;

	if (session->state == SESSION_ABSENT)
		TRY(caller_restore(rq, c, token->session, session));
	if (session->state != SESSION_ALIVE)
		return FAIL(rq, UNKNOWN_WHO, "token.revoked", "this session has ended; log in again");
	if (session->who != token->who || !uuid_eq(session->user, token->user))
		return FAIL(rq, UNKNOWN_WHO, "token.invalid", "the token does not fit its session");
	return NULL;
}

const struct err *
caller_session(struct req *rq, struct callers *c, const struct access_token *token, const struct limit_ask *limits,
    struct gate_answer *out)
{
	const struct err *e;

	TRY(session_gate(rq, rq->app->redis, token->session, token->jti, limits, limits != NULL ? CALLER_LIMITS : 0, out));
	if (out->blacklisted)
		return FAIL(rq, UNKNOWN_WHO, "token.revoked", "this token is no longer valid");
	e = judge(rq, c, token, out);
	if (is_slug(e, "token.revoked"))
		blacklist(rq, token);
	return e;
}
