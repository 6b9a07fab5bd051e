/* Letting a caller in. */
#include "services/gateway/gate/gate.h"
#include <string.h>
#include "common/caller/caller.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/gateway/answer/client.h"
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
	struct limit_count count = { .limit = limit_find(route->limit) };
	struct text from = limit_network(rq->mem, rq->client_ip);
	struct limit_ask ask = limit_ask(rq, count.limit, from);
	const struct err *e = session_limits(rq, rq->app->redis, &ask, 1, &count.answer);

	if (e != NULL && needs_redis(route))
		return e;
	if (e != NULL)
		limit_locally(count.limit, from, &count.answer);
	limit_head(head, &count, 1);
	return limit_over(rq, &count, 1);
}

static bool
take_bearer(struct text header, struct text *token)
{
	*token = header;
	return text_eq_nocase(text_cut(token, ' '), TEXT("Bearer")) && token->len > 0;
}

static const struct err *
bearer(struct req *rq, struct text *token)
{
	struct text header = http_request_header(rq, "Authorization");

	if (header.at == NULL)
		return FAIL(rq, UNKNOWN_WHO, "http.sign_in", "send Authorization: Bearer with an access token");
	if (!take_bearer(header, token))
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

/* What a signed-in caller is counted under: the route's limit for the user, and one for the company if there is one. */
struct counts { size_t n; struct limit_count at[CALLER_LIMITS]; };

static const struct err *
ask_session(struct req *rq, const struct access_token *token, struct counts *counts, struct session *session)
{
	struct gate_answer gate = { .session = { .state = SESSION_ABSENT } };
	struct limit_ask asks[CALLER_LIMITS] = { { .limit = 0 } };
	const struct uuid *subjects[CALLER_LIMITS] = { &token->user, &token->company };
	char id[UUID_CHARS + 1];
	const struct err *e;

	for (size_t i = 0; i < counts->n; i++) {
		uuid_print(*subjects[i], id);
		asks[i] = limit_ask(rq, counts->at[i].limit, text_of(id));
	}
	e = caller_session(rq, gateway_of(rq)->callers, token, asks, &gate);
	for (size_t i = 0; i < counts->n; i++)
		counts->at[i].answer = gate.limits[i];
	*session = gate.session;
	return e;
}

/* A token that does not hold costs a signature's check, and more when it names a key that nobody knows. From an address
 * that has presented too many of them only those are taken that have held before: what is guessed there delays nobody,
 * and who works there goes on. */
static const struct err *
check_token(struct req *rq, struct text presented, struct access_token *out)
{
	struct callers *callers = gateway_of(rq)->callers;
	struct limit_count bad = { .limit = limit_find("bad_token") };
	struct text from = limit_network(rq->mem, rq->client_ip);
	const struct err *e;

	limit_left_locally(bad.limit, from, &bad.answer);
	if (bad.answer.over)
		return caller_knows(rq, callers, presented, out) ? NULL : limit_over(rq, &bad, 1);
	e = caller_token(rq, callers, presented, out);
	if (e != NULL && (e->code == E_UNKNOWN_WHO || text_is(text_of(e->slug), "keys.busy")))
		limit_locally(bad.limit, from, &bad.answer);
	return e;
}

/* As http_request_header() finds it. */
static struct text
authorization(const struct http_request *in)
{
	for (size_t i = 0; i < in->n_headers; i++)
		if (text_eq_nocase(in->headers[i].name, TEXT("Authorization")))
			return in->headers[i].value;
	return (struct text){ 0 };
}

bool
gate_awaits(const struct gateway *gateway, const struct http_request *in, struct arena *mem)
{
	struct req rq = { .mem = mem, .now_us = clock_now_us() };
	struct text header = authorization(in), token;
	struct access_token known;
	struct limit_answer bad;

	if (header.at == NULL || !take_bearer(header, &token))
		return false;
	limit_left_locally(limit_find("bad_token"), limit_network(mem, client_of(gateway, in, mem)), &bad);
	return !bad.over || caller_knows(&rq, gateway->callers, token, &known);
}

static const struct err *
pass_known(struct req *rq, const struct gateway_route *route, struct buf *head)
{
	struct counts counts = { .n = 1, .at = { { .limit = limit_find(route->limit) }, { .limit = limit_find("company") } } };
	struct text presented = { 0 };
	struct access_token token;
	struct session session;
	const struct err *e;

	TRY(bearer(rq, &presented));
	TRY(check_token(rq, presented, &token));
	counts.n = uuid_is_nil(token.company) ? 1 : CALLER_LIMITS;
	e = ask_session(rq, &token, &counts, &session);
	if (counts.at[0].answer.reset_s > 0)      /* Redis has counted */
		limit_head(head, counts.at, counts.n);
	TRY(e);
	take_identity(rq, &token, &session);
	TRY(limit_over(rq, counts.at, counts.n));
	return check_rights(rq, route);
}

const struct err *
gate_pass(struct req *rq, const struct gateway_route *route, struct buf *head)
{
	return (route->who & WHO_ANYONE) != 0 ? pass_anyone(rq, route, head) : pass_known(rq, route, head);
}
