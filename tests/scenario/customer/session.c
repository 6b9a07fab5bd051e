/* Step 2: log-in, refresh, log-out; and the tokens of the seller. */
#include "tests/scenario/customer/customer.h"
#include <stdlib.h>
#include <string.h>
#include "common/core/arena.h"
#include "common/core/text.h"

void
log_in(struct play *p, struct person *who)
{
	struct kit_reply r = want(200, ask(p, "POST", "/api/login",
	    kit_print("{\"phone\":\"%s\",\"password\":\"%s\"}", who->phone, who->password)));

	who->access = text_in(r, "accessToken");
	who->refresh = text_in(r, "refreshToken");
	kit_sure(kit_json_i64(r.body, "expiresInSeconds") == 600);
}

static void
check_refusals(struct play *p)
{
	struct kit_reply wrong, unknown;

	wrong = want_problem(401, "login.refused", ask(p, "POST", "/api/login",
	    kit_print("{\"phone\":\"%s\",\"password\":\"not-the-one-9!\"}", p->buyer.phone)));
	unknown = want_problem(401, "login.refused", ask(p, "POST", "/api/login",
	    kit_print("{\"phone\":\"0109999%04d\",\"password\":\"not-the-one-9!\"}", p->number)));
	kit_sure(strcmp(text_in(wrong, "detail"), text_in(unknown, "detail")) == 0);
}

void
session_login(struct play *p)
{
	check_refusals(p);
	timing(p);
	log_in(p, &p->buyer);
	told(p, "2 session: POST /api/login");
}

/* What step 1 has caused, seen by the customer. */
void
session_company(struct play *p)
{
	struct kit_reply me, plan, wallet;

	timing(p);
	me = want(200, ask(p, "GET", "/api/me", NULL, as(&p->buyer)));
	told(p, "2 session: GET /api/me");
	kit_sure(strcmp(text_in(me, "company.companyId"), p->buyer.company) == 0);
	kit_sure(strcmp(text_in(me, "company.owner"), "true") == 0);
	kit_sure(strcmp(text_in(me, "company.placeholder"), "true") == 0);
	plan = want(200, ask(p, "GET", "/api/plan", NULL, as(&p->buyer)));
	kit_sure(strcmp(text_in(plan, "plan"), "free") == 0);
	wallet = want(200, ask(p, "GET", "/api/wallet", NULL, as(&p->buyer)));
	kit_sure(kit_json_i64(wallet.body, "balanceKrw") == 0);
	told(p, "2 session: GET /api/plan and /api/wallet, Free and empty");
}

void
session_renew(struct play *p)
{
	const char *parent = p->buyer.refresh, *json = kit_print("{\"refreshToken\":\"%s\"}", parent);
	struct kit_reply r;

	timing(p);
	r = want(200, ask(p, "POST", "/api/sessions/refresh", json));
	told(p, "2 session: POST /api/sessions/refresh");
	p->buyer.access = text_in(r, "accessToken");
	p->buyer.refresh = text_in(r, "refreshToken");
	kit_sure(strcmp(parent, p->buyer.refresh) != 0);
	/* An answer that was lost: the same successor again. */
	r = want(200, ask(p, "POST", "/api/sessions/refresh", json));
	kit_sure(strcmp(text_in(r, "refreshToken"), p->buyer.refresh) == 0);
}

static const char *
jti_of(const char *token)
{
	struct arena *mem = arena_open(8192);
	struct text rest = text_of(token), payload, json;
	const char *jti;

	(void)text_cut(&rest, '.');
	payload = text_cut(&rest, '.');
	kit_sure(text_from_base64url(mem, payload, &json));
	jti = kit_json_text(kit_print("%.*s", TEXT_ARG(json)), "jti");
	arena_close(&mem);
	kit_sure(jti != NULL);
	return jti;
}

/* One route of each service behind the gateway. */
static void
check_refused_everywhere(struct play *p, const struct person *gone)
{
	static const char *const paths[] = { "/api/me", "/api/plan", "/api/wallet", "/api/points", "/api/orders",
		"/api/payments", "/api/alarms" };

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		want_problem(401, "token.revoked", ask(p, "GET", paths[i], NULL, as(gone)));
	want_problem(401, "session.ended", ask(p, "POST", "/api/sessions/refresh",
	    kit_print("{\"refreshToken\":\"%s\"}", gone->refresh)));
}

static void
check_blacklisted(struct play *p, const char *token)
{
	long ttl_s = strtol(kit_redis(p->suite, "TTL blacklist:%s", jti_of(token)), NULL, 10);

	kit_sure(ttl_s > 0 && ttl_s <= 600 + 60);
}

/* A socket of the session ends with it, and no other one is let in. */
static void
check_socket_ends(struct play *p, struct kit_socket *socket, const struct person *gone)
{
	if (socket == NULL)
		return;
	if (!kit_socket_ended(socket, PATIENCE * SOCKET_ENDS_MS))
		kit_fail("the socket of an ended session is still open");
	told(p, "2 session: its socket was closed");
	kit_socket_close(&socket);
	socket = kit_socket_connect(p->suite, gone->access);
	kit_sure(kit_socket_refused(socket) != NULL);
	kit_socket_close(&socket);
}

void
session_leave(struct play *p)
{
	struct person gone = p->buyer;
	struct kit_socket *socket = p->listening ? kit_socket_connect(p->suite, gone.access) : NULL;
	struct kit_reply r;

	kit_sure(socket == NULL || kit_socket_refused(socket) == NULL);
	timing(p);
	r = ask(p, "DELETE", "/api/sessions/current", NULL, as(&gone));
	told(p, "2 session: DELETE /api/sessions/current, logged out");
	check_socket_ends(p, socket, &gone);
	if (p->deaths > 0 && r.status == 401)
		want_problem(401, "token.revoked", r);      /* the answer was lost, the log-out was not */
	else
		want(204, r);
	check_refused_everywhere(p, &gone);
	check_blacklisted(p, gone.access);
	log_in(p, &p->buyer);
	told(p, "2 session: the old token is refused everywhere; logged in again");
}
