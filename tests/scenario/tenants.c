/* The tenant matrix: every public call of the contracts, with another company's ids, a lesser permission, another kind of
 * token, none, or one of a session that has ended. The calls are made out of the contracts, so a new one is tried as
 * soon as it is described. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/scenario/customer/customer.h"
#include "tests/scenario/matrix/matrix.h"

/* Who owns everything (the first play's buyer), who tries, who may nothing, who has left, and the operator. */
struct world {
	struct matrix m;
	struct play  *owner, *stranger, *lesser;
	const char   *ended, *event_key, *order_no, *session;
};

static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

/* ---- what must not be told */

static bool
tells(const struct kit_reply *r, const char *secret)
{
	return strstr(r->body, secret) != NULL || strstr(r->head, secret) != NULL;
}

/* Of the owner nothing that the stranger has not said himself; his person not even then. */
static void
reveals_nothing(struct world *w, const struct gateway_route *route, struct kit_reply r, bool sent_ids)
{
	const struct play *p = w->owner;
	const char *const person[] = { p->buyer.phone, p->buyer.email, p->payment_key };
	const char *const things[] = { p->buyer.id, p->buyer.company, p->order, p->payment, p->payment_order, p->registered,
		w->order_no, w->session };

	for (size_t i = 0; i < COUNT_OF(person); i++)
		cr_expect(!tells(&r, person[i]), "%s tells %s: %s", route->name, person[i], r.body);
	for (size_t i = 0; i < COUNT_OF(things) && !sent_ids; i++)
		cr_expect(!tells(&r, things[i]), "%s tells %s: %s", route->name, things[i], r.body);
}

static void
is_refused(struct world *w, const struct gateway_route *route, const char *authorization, int status)
{
	struct kit_reply r = matrix_call(&w->m, route, NULL, authorization);

	cr_expect_eq(r.status, status, "%s %s (%s), wanted %d: %d %s", methods[route->method], route->path,
	    authorization != NULL ? "a token" : "no token", status, r.status, r.body);
	cr_expect(r.status < 400 || kit_json_text(r.body, "code") != NULL, "%s: no problem document: %s", route->name, r.body);
	reveals_nothing(w, route, r, true);
}

/* ---- who calls */

static void
wrong_callers(struct world *w, const struct gateway_route *route)
{
	is_refused(w, route, NULL, 401);
	is_refused(w, route, w->ended, 401);
	is_refused(w, route, "Authorization: Bearer a.b.c", 401);
	if (!route->keyed)
		is_refused(w, route, w->event_key, 401);
	if (route->keyed)
		is_refused(w, route, as(&w->stranger->buyer), 401);
	else if ((route->who & WHO_STAFF) == 0)
		is_refused(w, route, as(&w->stranger->buyer), 403);
	if (!route->keyed && (route->who & WHO_OPERATOR) == 0)
		is_refused(w, route, as(&w->owner->seller), 403);
	if (route->permissions != 0)
		is_refused(w, route, as(&w->lesser->buyer), 403);
}

/* ---- whose things */

static bool
is_private(const struct world *w, const struct gateway_route *route, const struct msg_field *f)
{
	const struct belonging *b = matrix_belonging(&w->m, route, f);

	return b != NULL && !b->for_everybody;
}

/* What is somebody else's is answered as what is not there at all. */
static void
as_if_it_were_not(struct world *w, const struct gateway_route *route, const struct msg_field *f, struct kit_reply theirs)
{
	struct kit_reply nobodys;

	w->m.of_nobody = true;
	nobodys = matrix_call(&w->m, route, f, as(&w->stranger->buyer));
	w->m.of_nobody = false;
	cr_expect_eq(theirs.status, nobodys.status, "%s: %d %s, and of nobody %d %s", route->name, theirs.status, theirs.body,
	    nobodys.status, nobodys.body);
	if (theirs.status >= 400 && nobodys.status >= 400)
		cr_expect_str_eq(kit_json_text(theirs.body, "code"), kit_json_text(nobodys.body, "code"), "%s", route->name);
}

/* A thing of the owner's in the path is not there for the stranger. */
static void
in_the_path(struct world *w, const struct gateway_route *route)
{
	struct kit_reply r = matrix_call(&w->m, route, NULL, as(&w->stranger->buyer));

	cr_expect(r.status == 404 || r.status == 403, "%s %s with another company's ids: %d %s%s", methods[route->method],
	    route->path, r.status, r.body, r.status == 400 ? " (say in bodies[] what it takes)" : "");
	reveals_nothing(w, route, r, true);
	as_if_it_were_not(w, route, NULL, r);
}

/* As a filter it finds nothing; in a body it is refused, and not for its form. */
static void
as_a_value(struct world *w, const struct gateway_route *route, const struct msg_field *f)
{
	struct kit_reply r = matrix_call(&w->m, route, f, as(&w->stranger->buyer));
	bool empty = r.status == 200 && kit_json_length(r.body, "items") == 0;

	if (f->where == MSG_IN_QUERY)
		cr_expect(r.status == 403 || r.status == 404 || empty, "%s ?%s: %d %s", route->path, f->name, r.status, r.body);
	else
		cr_expect(r.status == 403 || r.status == 404 || r.status == 409 || r.status == 422, "%s with %s: %d %s",
		    route->path, f->name, r.status, r.body);
	reveals_nothing(w, route, r, true);
	as_if_it_were_not(w, route, f, r);
}

/* What names nobody's things is done to one's own alone: the rows of the owner are looked at behind the last call. It may
 * be the end of the session. */
static void
own_things(struct world *w, const struct gateway_route *route)
{
	struct kit_reply r = matrix_call(&w->m, route, NULL, as(&w->stranger->buyer));

	cr_expect_lt(r.status, 500, "%s: %d %s", route->name, r.status, r.body);
	reveals_nothing(w, route, r, false);
	if (kit_http(w->m.suite, "GET", "/api/me", NULL, as(&w->stranger->buyer)).status == 401)
		log_in(w->stranger, &w->stranger->buyer);
}

static void
wrong_things(struct world *w, const struct gateway_route *route)
{
	const struct msg_type *type = matrix_input(route);
	size_t in_path = 0, in_body = 0;

	for (size_t i = 0; type != NULL && i < type->n_fields; i++) {
		const struct msg_field *f = &type->fields[i];

		in_body += f->where == MSG_IN_BODY;
		if (is_private(w, route, f) && f->where == MSG_IN_PATH)
			in_path++;
		else if (is_private(w, route, f))
			as_a_value(w, route, f);
	}
	if (in_path > 0)
		in_the_path(w, route);
	/* What asks for nobody's things shows one's own alone: of the access log, what one has asked for here before. */
	else if (route->method == HTTP_GET && in_body == 0)
		reveals_nothing(w, route, matrix_call(&w->m, route, NULL, as(&w->stranger->buyer)),
		    strcmp(route->name, "access_log_list") == 0);
	else if (route->method != HTTP_GET)
		own_things(w, route);
}

/* A key for one company's events hears no other's, of whichever publisher. */
static void
wrong_events(struct world *w, const struct gateway_route *route)
{
	const char *const *upstream = route->upstreams;

	if (upstream == NULL)
		reveals_nothing(w, route, matrix_call(&w->m, route, NULL, w->event_key), false);
	for (; upstream != NULL && *upstream != NULL; upstream++) {
		struct kit_reply r = kit_http(w->m.suite, "GET", kit_print("%s?%s=%s", route->path, route->upstream_by, *upstream),
		    NULL, w->event_key);

		w->m.cases++;
		cr_expect_eq(r.status, 200, "%s", r.body);
		reveals_nothing(w, route, r, false);
	}
}

static void
try_route(struct world *w, const struct gateway_route *route)
{
	if (route->keyed || (route->who & WHO_ANYONE) == 0)
		wrong_callers(w, route);
	if (route->keyed)
		wrong_events(w, route);
	else if ((route->who & WHO_STAFF) != 0)
		wrong_things(w, route);
	else if ((route->who & WHO_ANYONE) != 0 && route->method == HTTP_GET)
		reveals_nothing(w, route, matrix_call(&w->m, route, NULL, NULL), true);
}

/* ---- the world */

/* Every row that names the owner or his company, but what may go on by itself: requests told of, timers, a copy of the
 * session. */
static const char *
belongings_digest(struct world *w)
{
	static const char *const schemas[] = { "auth", "billing", "messaging", "commerce", "notification" };
	const struct person *o = &w->owner->buyer;
	const char *all = "";

	for (size_t i = 0; i < COUNT_OF(schemas); i++) {
		const char *each = suite_sql(w->m.suite, schemas[i], "SELECT string_agg(format('SELECT %%L AS name, md5(string_agg("
		    "t::text, chr(10) ORDER BY t::text)) AS rows FROM %%I t WHERE t::text LIKE ''%%%%%s%%%%'' OR t::text LIKE "
		    "''%%%%%s%%%%''', tablename, tablename), ' UNION ALL ') FROM pg_tables WHERE schemaname = '%s' AND tablename "
		    "NOT IN ('access_log', 'jobs')", o->id, o->company, schemas[i]);

		all = kit_print("%s%s: %s\n", all, schemas[i], suite_sql(w->m.suite, schemas[i],
		    "SELECT string_agg(name || ' ' || coalesce(rows, '-'), ' ' ORDER BY name) FROM (%s) x", each));
	}
	return all;
}

/* The owner has one of each kind of thing. */
static void
settle_owner(struct world *w)
{
	play_all(w->owner);
	w->order_no = suite_sql(w->m.suite, "commerce", "SELECT order_no FROM orders WHERE id = '%s'", w->owner->order);
	w->session = suite_sql(w->m.suite, "auth", "SELECT id FROM session WHERE user_id = '%s' AND revoked_at IS NULL "
	    "ORDER BY id DESC LIMIT 1", w->owner->buyer.id);
}

static void
settle_others(struct world *w)
{
	const char *code;
	struct kit_reply r;

	play_enter(w->lesser);
	w->ended = as(&w->lesser->buyer);
	want(204, kit_http(w->m.suite, "DELETE", "/api/sessions/current", NULL, w->ended));
	code = suite_sql(w->m.suite, "auth", "SELECT code FROM company WHERE id = '%s'", w->lesser->buyer.company);
	(void)suite_run(w->m.suite, NULL, "auth", "template", "set", code, "소유주", "");
	log_in(w->lesser, &w->lesser->buyer);
	play_enter(w->stranger);
	r = want(201, kit_http(w->m.suite, "POST", "/api/event-keys", kit_print("{\"name\":\"stranger\",\"types\":[],"
	    "\"companyId\":\"%s\"}", w->stranger->buyer.company), as(&w->owner->seller)));
	w->event_key = kit_print("Authorization: Dure-Event-Key %s.%s", text_in(r, "keyId"), text_in(r, "secret"));
}

Test(tenants, nobody_reaches_into_another_company, .timeout = 180)
{
	struct suite *s = play_suite(0);
	struct world w = { .m = { .suite = s }, .owner = play_new(s, 1), .stranger = play_new(s, 2), .lesser = play_new(s, 3) };
	const char *before;
	int64_t began_us;

	settle_owner(&w);
	settle_others(&w);
	const struct belonging belongings[] = {
		{ "paymentId", w.owner->payment, false }, { "orderId", w.owner->order, false },
		{ "sessionId", w.session, false }, { "registeredCouponId", w.owner->registered, false },
		{ "userId", w.owner->buyer.id, false }, { "actorId", w.owner->buyer.id, false },
		{ "subjectId", w.owner->buyer.id, false }, { "companyId", w.owner->buyer.company, false },
		{ "alarmId", suite_sql(s, "notification", "SELECT id FROM alarm WHERE user_id = '%s' LIMIT 1", w.owner->buyer.id),
		    false },
		/* What the shop shows to all. */
		{ "productId", w.owner->product, true }, { "categoryId", GOODS, true }, { "couponId", w.owner->coupon, true },
	};
	const struct body bodies[] = {
		{ "payment_confirm", kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amountKrw\":%d}", w.owner->payment_key,
		    w.owner->payment_order, CHARGED_KRW) },
		{ "payment_cancellation_create", "{\"amountKrw\":1000,\"reason\":\"변심\"}" },
		{ "alarm_confirm", "{\"confirm\":false}" },
	};

	w.m.belongings = belongings;
	w.m.n_belongings = COUNT_OF(belongings);
	w.m.bodies = bodies;
	w.m.n_bodies = COUNT_OF(bodies);
	suite_check(s);
	before = belongings_digest(&w);
	began_us = clock_mono_us();
	for (size_t i = 0; i < n_public_routes; i++)
		try_route(&w, &public_routes[i]);
	(void)printf("the tenant matrix: %zu routes, %zu calls, %lld ms\n", n_public_routes, w.m.cases,
	    (long long)(clock_mono_us() - began_us) / 1000);
	cr_expect_str_eq(belongings_digest(&w), before, "something of the owner's has changed");
	play_close(&w.owner);
	play_close(&w.stranger);
	play_close(&w.lesser);
	suite_close(&s);
}
