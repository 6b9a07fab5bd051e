/* Every route of the merged contract, knocked at from outside: without a token, with the wrong one, with nonsense. The
 * answer is a 4xx that says why, never a fault of ours, and nobody dies of it.
 *
 * The routes are read from the document that the gateway serves, so a new one is covered by existing. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

static const char *const services[] = { "gateway", "auth", "billing", "messaging", "commerce", "notification" };

struct route { const char *method, *path; const json_t *contract; };

/* ---- the contract */

static bool
is_method(const char *word)
{
	static const char *const methods[] = { "get", "post", "put", "patch", "delete" };

	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (strcmp(methods[i], word) == 0)
			return true;
	return false;
}

static const char *
upper(const char *word)
{
	char out[16] = "";

	for (size_t i = 0; i < sizeof(out) - 1 && word[i] != '\0'; i++)
		out[i] = (char)(word[i] - 'a' + 'A');
	return kit_print("%s", out);
}

/* Each {parameter} of a path becomes that text. */
static const char *
filled(const char *path, const char *with)
{
	const char *out = "";

	while (*path != '\0') {
		size_t n = strcspn(path, "{");

		out = kit_print("%s%.*s%s", out, (int)n, path, path[n] != '\0' ? with : "");
		path += n;
		path += *path != '\0' ? strcspn(path, "}") + 1 : 0;
	}
	return out;
}

/* Who may call: staff, operator, … Nobody is named where anybody may. */
static bool
lets_in(const struct route *r, const char *who)
{
	const json_t *security = json_object_get(r->contract, "security"), *one;
	size_t i;

	json_array_foreach(security, i, one)
		if (json_object_get(one, who) != NULL)
			return true;
	return false;
}

static bool
is_public(const struct route *r)
{
	const json_t *security = json_object_get(r->contract, "security");

	return json_array_size(security) == 0 || json_object_size(json_array_get(security, 0)) == 0;
}

/* Not by a bearer token: programs outside have keys of their own. */
static bool
is_for_people(const struct route *r)
{
	return is_public(r) || lets_in(r, "staff") || lets_in(r, "operator");
}

static void
each_route(struct play *p, void (*knock)(struct play *p, const struct route *r))
{
	json_t *document = json_loads(want(200, kit_http(p->suite, "GET", "/openapi.json", NULL)).body, 0, NULL);
	json_t *operations, *contract;
	const char *path, *method;
	size_t n = 0;

	cr_assert_not_null(document);
	json_object_foreach(json_object_get(document, "paths"), path, operations) {
		json_object_foreach(operations, method, contract) {
			struct route r = { upper(method), path, contract };

			if (is_method(method) && is_for_people(&r)) {
				knock(p, &r);
				n++;
			}
		}
	}
	json_decref(document);
	cr_assert_gt(n, 20);
}

/* ---- knocking */

/* A body only where a body is taken. */
static struct kit_reply
call(struct play *p, const struct route *r, const char *path, const char *json, const struct person *who)
{
	static int last;
	const char *body = json_object_get(r->contract, "requestBody") != NULL ? json : NULL;
	const char *key_line = kit_print("Idempotency-Key: knock-%d", ++last);

	if (who == NULL)
		return kit_http(p->suite, r->method, path, body, key_line);
	return kit_http(p->suite, r->method, path, body, key_line, as(who), "If-Match: \"v1\"");
}

static void
without_a_token(struct play *p, const struct route *r)
{
	struct kit_reply reply;

	if (is_public(r))
		return;
	reply = call(p, r, filled(r->path, "0192aaaa-0000-7000-8000-00000000dead"), "{}", NULL);
	cr_expect_eq(reply.status, 401, "%s %s without a token: %d %s", r->method, r->path, reply.status, reply.body);
	reply = kit_http(p->suite, r->method, filled(r->path, "0192aaaa-0000-7000-8000-00000000dead"), NULL,
	    kit_print("Authorization: Bearer %s", p->buyer.refresh));
	cr_expect_eq(reply.status, 401, "%s %s with a refresh token: %d %s", r->method, r->path, reply.status, reply.body);
}

/* Staff at the operators' routes, operators at those of the staff. */
static void
with_the_wrong_one(struct play *p, const struct route *r)
{
	const char *path = filled(r->path, "0192aaaa-0000-7000-8000-00000000dead");
	struct kit_reply reply;

	if (is_public(r))
		return;
	if (!lets_in(r, "staff")) {
		reply = call(p, r, path, "{}", &p->buyer);
		cr_expect_eq(reply.status, 403, "%s %s by staff: %d %s", r->method, r->path, reply.status, reply.body);
	}
	if (!lets_in(r, "operator")) {
		reply = call(p, r, path, "{}", &p->seller);
		cr_expect_eq(reply.status, 403, "%s %s by an operator: %d %s", r->method, r->path, reply.status, reply.body);
	}
}

static void
expect_refused(const struct route *r, const char *with, struct kit_reply reply)
{
	cr_expect(reply.status >= 400 && reply.status < 500, "%s %s with %s: %d %s", r->method, r->path, with, reply.status,
	    reply.body);
	cr_expect(strstr(kit_header(&reply, "Content-Type"), "application/problem+json") != NULL, "%s %s with %s: %s", r->method,
	    r->path, with, reply.head);
}

static const struct person *
welcome(struct play *p, const struct route *r)
{
	return is_public(r) ? NULL : lets_in(r, "staff") ? &p->buyer : &p->seller;
}

/* What no body may hold is named; so is an unknown word in the query, and an id that is none. */
static void
with_nonsense(struct play *p, const struct route *r)
{
	static const char *const bodies[] = { "{", "[]", "7", "\"x\"", "null", "{\"\\u0000\":1}" };
	const char *path = filled(r->path, "0192aaaa-0000-7000-8000-00000000dead");
	const struct person *who = welcome(p, r);
	bool takes_body = json_object_get(r->contract, "requestBody") != NULL;
	struct kit_reply reply;

	if (strstr(r->path, "/webhooks/") != NULL)
		return;                         /* always answered 200: scenario charges */
	for (size_t i = 0; takes_body && i < COUNT_OF(bodies); i++)
		expect_refused(r, bodies[i], call(p, r, path, bodies[i], who));
	if (takes_body) {
		reply = call(p, r, path, "{\"surelyNobodyTakesThis\":{\"role\":\"admin\"}}", who);
		expect_refused(r, "an unknown field", reply);
		cr_expect(strstr(reply.body, "surelyNobodyTakesThis") != NULL || reply.status != 400, "%s %s: %s", r->method,
		    r->path, reply.body);
	}
	if (strcmp(path, r->path) != 0)
		expect_refused(r, "an id that is none", call(p, r, filled(r->path, "x"), "{}", who));
	if (strncmp(r->path, "/api/", 5) == 0)
		expect_refused(r, "an unknown query", call(p, r, kit_print("%s?surelyNobodyTakesThis=1", path), "{}", who));
}

/* Nobody says of himself what he is. */
static void
as_an_operator_please(struct play *p)
{
	struct kit_reply r = want(400, kit_http(p->suite, "POST", "/api/create/token", "{\"phone\":\"01055550009\","
	    "\"email\":\"me@dure.example\",\"password\":\"correct-horse-9!\",\"name\":\"나\",\"kind\":\"operator\","
	    "\"role\":\"admin\"}"));

	cr_expect_not_null(strstr(r.body, "\"/kind\""), "%s", r.body);
	cr_expect_not_null(strstr(r.body, "\"/role\""), "%s", r.body);
}

/* Those who were turned away stand in the access log as well. */
static bool
are_all_logged(struct play *p)
{
	return strcmp(suite_sql(p->suite, "auth", "SELECT string_agg(DISTINCT status::text, ' ') FROM access_log "
	    "WHERE status IN (200, 400, 401, 403)"), "200 400 401 403") == 0;
}

static void
nobody_died(struct play *p, const pid_t *before)
{
	for (size_t i = 0; i < COUNT_OF(services); i++) {
		cr_expect_not(suite_ended(p->suite, services[i]), "%s has ended", services[i]);
		cr_expect_eq(suite_pid(p->suite, services[i]), before[i]);
	}
}

Test(doors, open_to_whom_the_contract_says_and_nobody_dies_of_nonsense, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);
	pid_t before[COUNT_OF(services)];

	play_enter(p);
	seller_enter(p);
	for (size_t i = 0; i < COUNT_OF(services); i++)
		before[i] = suite_pid(s, services[i]);
	each_route(p, without_a_token);
	each_route(p, with_the_wrong_one);
	each_route(p, with_nonsense);
	as_an_operator_please(p);
	nobody_died(p, before);
	kit_until(PATIENCE * PROMISED_MS, are_all_logged(p));
	want(401, kit_http(s, "POST", "/api/sessions/refresh", kit_print("{\"refreshToken\":\"%.*s\"}", 43, p->buyer.access)));
	want(200, kit_http(s, "GET", "/api/me", NULL, as(&p->buyer)));
	play_close(&p);
	suite_close(&s);
}
