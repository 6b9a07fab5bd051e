/* Letting a caller in. */
#include "services/gateway/gate/gate.h"
#include <string.h>
#include "common/caller/caller.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/gateway/gate/limit.h"
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

static const struct err *
check_rights(struct req *rq, const struct gateway_route *route)
{
	if ((route->who & (unsigned)rq->who) == 0)
		return FAIL(rq, FORBIDDEN, "http.forbidden", "This call is not for callers of your kind");
	if ((rq->permissions & route->permissions) != route->permissions)
		return FAIL(rq, FORBIDDEN, "http.permission", "Your permissions do not include this");
	return NULL;
}

static void
take_identity(struct req *rq, const struct access_token *token, const struct session *session)
{
	rq->who = session->who;
	rq->user = session->user;
	rq->company = session->company;
	rq->session = token->session;
	rq->permissions = session->permissions;
}

static const struct err *
pass_known(struct req *rq, const struct gateway_route *route, struct buf *head)
{
	struct callers *callers = gateway_of(rq)->callers;
	const struct limit *limit = limit_find(route->limit);
	struct gate_answer gate = { .session = { .state = SESSION_ABSENT } };
	char user[UUID_CHARS + 1];
	struct text presented = { 0 };
	struct access_token token;
	struct limit_ask ask;
	const struct err *e;

	TRY(bearer(rq, &presented));
	TRY(caller_token(rq, callers, presented, &token));
	uuid_print(token.user, user);
	ask = limit_ask(rq, limit, text_of(user));
	e = caller_session(rq, callers, &token, &ask, &gate);
	if (gate.limits[0].reset_s > 0)
		limit_head(head, limit, &gate.limits[0]);
	TRY(e);
	take_identity(rq, &token, &gate.session);
	TRY(limit_over(rq, limit, &gate.limits[0]));
	return check_rights(rq, route);
}

const struct err *
gate_pass(struct req *rq, const struct gateway_route *route, struct buf *head)
{
	return (route->who & WHO_ANYONE) != 0 ? pass_anyone(rq, route, head) : pass_known(rq, route, head);
}
