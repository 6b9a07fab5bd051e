/* Letting a caller in. */
#include "services/gateway/gate/gate.h"
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/gateway/gate/keys.h"
#include "services/gateway/gate/limit.h"
#include "services/gateway/gate/restore.h"
#include "services/gateway/gateway.h"

/* Public, but worthless or dangerous without Redis: nobody logs in while log-outs cannot be seen. */
static bool
needs_redis(const struct gateway_route *route)
{
	return strcmp(route->service, "auth") == 0 && strcmp(route->limit, "default") != 0;
}

static const struct err *
pass_anyone(struct req *rq, const struct gateway_route *route, struct buf *head)
{
	const struct limit *limit = limit_find(route->limit);
	struct limit_ask ask = limit_ask(rq, limit, rq->client_ip);
	struct limit_answer answer;
	const struct err *e = session_limits(rq, rq->app->redis, &ask, 1, &answer);

	if (e != NULL && needs_redis(route))
		return e;
	if (e != NULL)
		limit_locally(limit, rq->client_ip, &answer);
	limit_head(head, limit, &answer);
	return limit_over(rq, limit, &answer);
}

static const struct err *
bearer(struct req *rq, struct text *token)
{
	struct text header = http_request_header(rq, "Authorization");

	if (header.at == NULL)
		return FAIL(rq, UNKNOWN_WHO, "http.sign_in", "send Authorization: Bearer with an access token");
	*token = header;
	if (!text_eq_nocase(text_cut(token, ' '), TEXT("Bearer")) || token->len == 0)
		return FAIL(rq, UNKNOWN_WHO, "token.invalid", "the Authorization header is not a bearer token");
	return NULL;
}

/* A token that is over is kept on the blacklist from the moment it is presented. */
static void
blacklist(struct req *rq, const struct access_token *token)
{
	const struct err *e = session_blacklist(rq, rq->app->redis, token->jti, token->expires_us);

	if (e != NULL)
		log_err(rq, LV_WARN, "gate.not_blacklisted", e);
}

static const struct err *
verify(struct req *rq, struct access_token *token)
{
	const struct err *e;
	struct text presented = { 0 };

	TRY(bearer(rq, &presented));
	e = keys_verify(rq, presented, token);
	if (e != NULL && text_is(text_of(e->slug), "token.expired"))
		blacklist(rq, token);
	return e;
}

static const struct err *
check_session(struct req *rq, const struct access_token *token, const struct gate_answer *gate, struct session *session)
{
	*session = gate->session;
	if (gate->blacklisted)
		return FAIL(rq, UNKNOWN_WHO, "token.revoked", "this token is no longer valid");
	if (session->state == SESSION_ABSENT)
		TRY(session_restored(rq, token->session, session));
	if (session->state != SESSION_ALIVE) {
		blacklist(rq, token);
		return FAIL(rq, UNKNOWN_WHO, "token.revoked", "this session has ended; log in again");
	}
	if (session->who != token->who || !uuid_eq(session->user, token->user))
		return FAIL(rq, UNKNOWN_WHO, "token.invalid", "the token does not fit its session");
	return NULL;
}

static const struct err *
check_rights(struct req *rq, const struct gateway_route *route)
{
	if ((route->who & (unsigned)rq->who) == 0)
		return FAIL(rq, FORBIDDEN, "http.forbidden", "This call is not for callers of your kind");
	if ((rq->permissions & route->permissions) != route->permissions)
		return FAIL(rq, FORBIDDEN, "http.permission", "Your permissions do not include this");
	return NULL;
}

static const struct err *
pass_known(struct req *rq, const struct gateway_route *route, struct buf *head)
{
	const struct limit *limit = limit_find(route->limit);
	struct access_token token;
	struct gate_answer gate;
	struct session session;
	char user[UUID_CHARS + 1];
	struct limit_ask ask;

	TRY(verify(rq, &token));
	uuid_print(token.user, user);
	ask = limit_ask(rq, limit, text_of(user));
	TRY(session_gate(rq, rq->app->redis, token.session, token.jti, &ask, 1, &gate));
	limit_head(head, limit, &gate.limits[0]);
	TRY(check_session(rq, &token, &gate, &session));
	rq->who = session.who;
	rq->user = session.user;
	rq->company = session.company;
	rq->session = token.session;
	rq->permissions = session.permissions;
	TRY(limit_over(rq, limit, &gate.limits[0]));
	return check_rights(rq, route);
}

const struct err *
gate_pass(struct req *rq, const struct gateway_route *route, struct buf *head)
{
	return (route->who & WHO_ANYONE) != 0 ? pass_anyone(rq, route, head) : pass_known(rq, route, head);
}
