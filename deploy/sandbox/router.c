/* Finds the route of a request, deals out failures, runs the step and sends the answer. */
#include "deploy/sandbox/router.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/pause.h"

#include <civetweb.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ROUTES_MAX 96
#define MATCH_TEXT 256

static atomic_uint_fast64_t calls[ROUTES_MAX];

/* Matches one path against one pattern and notes where the arguments lie. */
static bool
match_path(const char *pattern, const char *path, const char *arg[HTTP_ARGS], size_t len[HTTP_ARGS])
{
	size_t n = 0;

	while (*pattern != '\0') {
		const char *end;
		bool rest;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		end = pattern + strcspn(pattern, "}");
		rest = end[-1] == '.';
		arg[n] = path;
		len[n] = rest ? strlen(path) : strcspn(path, "/");
		if (len[n] == 0)
			return false;
		path += len[n++];
		pattern = end + 1;
	}
	return *path == '\0';
}

/* *path_known tells a wrong method from a wrong path. */
static const struct route *
find_route(const char *method, struct request *rq, bool *path_known)
{
	const char *arg[HTTP_ARGS] = { 0 };
	size_t len[HTTP_ARGS] = { 0 };

	*path_known = false;
	for (size_t i = 0; i < route_count; i++) {
		memset(arg, 0, sizeof(arg));
		if (!match_path(routes[i].path, rq->path, arg, len))
			continue;
		*path_known = true;
		if (strcmp(routes[i].method, method) != 0)
			continue;
		for (size_t n = 0; n < HTTP_ARGS && arg[n] != NULL; n++) {
			rq->arg[n] = malloc(len[n] + 1);
			if (rq->arg[n] == NULL)
				return NULL;
			digest_percent_decode(arg[n], len[n], false, rq->arg[n]);
		}
		return &routes[i];
	}
	return NULL;
}

static bool
request_bears(void *request, const char *match)
{
	const struct request *rq = request;
	const struct provider *p = rq->route->provider;

	for (size_t i = 0; i < HTTP_ARGS; i++)
		if (rq->arg[i] != NULL && strstr(rq->arg[i], match) != NULL)
			return true;
	if (rq->query != NULL && strstr(rq->query, match) != NULL)
		return true;
	if (memmem(rq->body, rq->body_len, match, strlen(match)) != NULL)
		return true;
	return p != NULL && p->names != NULL && p->names(rq, match);
}

static void
drop(struct reply *rep, int64_t after_ms)
{
	rep->hold_ms = after_ms;
	rep->drop = true;
}

static void
spoil(struct reply *rep)
{
	reply_text(rep, 200, "application/json;charset=UTF-8", "{\"status\":\"DONE\",\"amou");
}

/* What the network does to a request before the provider sees it. */
static bool
lost_on_the_way(const struct switch_fault *fault, struct reply *rep)
{
	if (fault->mode == SWITCH_REFUSE)
		drop(rep, 0);
	else if (fault->mode == SWITCH_TIMEOUT_BEFORE)
		drop(rep, fault->delay_ms);
	else if (fault->mode == SWITCH_GARBAGE)
		spoil(rep);
	else
		return false;
	return true;
}

/* What happens to the answer after the effect. */
static void
lost_on_the_way_back(const struct request *rq, struct reply *rep)
{
	if (rq->fault.mode == SWITCH_TIMEOUT_AFTER)
		drop(rep, rq->fault.delay_ms);
	else if (rq->fault.mode == SWITCH_GARBAGE_AFTER)
		spoil(rep);
	else if (rq->fault.mode == SWITCH_ERROR500_AFTER && rq->route->provider != NULL)
		rq->route->provider->fail(rep, NULL);
}

void
router_step(struct request *rq, struct reply *rep, step_fn *step)
{
	const struct provider *p = rq->route->provider;

	if (rq->fault.mode == SWITCH_DECLINE) {
		p->fail(rep, rq->fault.code);
	} else if (rq->fault.mode == SWITCH_ERROR500) {
		p->fail(rep, NULL);
	} else {
		if (rq->fault.mode == SWITCH_LATE)
			pause_ms(rq->fault.delay_ms);
		step(rq, rep);
	}
}

static void
serve(struct request *rq, struct reply *rep)
{
	const struct route *r = rq->route;

	if (r->provider == NULL) {
		r->step(rq, rep);
		return;
	}
	rq->fault = switches_take(r->endpoint, request_bears, rq);
	if (lost_on_the_way(&rq->fault, rep))
		return;
	r->provider->enter(rq, rep, r->step);
	lost_on_the_way_back(rq, rep);
}

static void
send_answer(struct mg_connection *conn, struct reply *rep, bool last)
{
	if (rep->hold_ms > 0)
		pause_ms(rep->hold_ms);
	if (rep->drop)
		mg_close_connection(conn);
	else
		http_send(conn, rep, last);
}

static void
answer(struct mg_connection *conn, struct request *rq, struct reply *rep)
{
	bool path_known, whole = true;

	rq->route = find_route(rq->info->request_method, rq, &path_known);
	if (rq->route == NULL) {
		reply_json(rep, path_known ? 405 : 404, json_pack("{s:s}", "error",
		    path_known ? "method not allowed" : "no such path"));
	} else {
		size_t max = rq->route->body_max;

		atomic_fetch_add(&calls[rq->route - routes], 1);
		whole = http_read_body(conn, rq, max != 0 ? max : HTTP_BODY_MAX);
		if (whole)
			serve(rq, rep);
		else
			reply_text(rep, 413, "application/json", "{\"error\":\"too large\"}");
	}
	rep->head_only = strcmp(rq->info->request_method, "HEAD") == 0;
	send_answer(conn, rep, !whole);
}

int
router_answer(struct mg_connection *conn)
{
	struct request rq = { .info = mg_get_request_info(conn) };
	struct reply rep = { 0 };

	rq.path = rq.info->local_uri_raw;
	rq.query = rq.info->query_string;
	if (rq.path == NULL)
		rq.path = "";
	answer(conn, &rq, &rep);
	for (size_t i = 0; i < HTTP_ARGS; i++)
		free(rq.arg[i]);
	free(rq.body);
	reply_free(&rep);
	return rep.status > 0 ? rep.status : 499;
}

/* "imp.scheduled" has no path: it is the provider itself charging a card on the day. */
bool
router_has_endpoint(const char *endpoint)
{
	if (strcmp(endpoint, "imp.scheduled") == 0)
		return true;
	for (size_t i = 0; i < route_count; i++)
		if (routes[i].provider != NULL && strcmp(routes[i].endpoint, endpoint) == 0)
			return true;
	return false;
}

void
router_describe_calls(json_t *object)
{
	for (size_t i = 0; i < route_count; i++) {
		json_int_t n = (json_int_t)atomic_load(&calls[i]);
		json_int_t before = json_integer_value(json_object_get(object, routes[i].endpoint));

		if (routes[i].provider != NULL)
			json_object_set_new(object, routes[i].endpoint, json_integer(before + n));
	}
}

void
router_reset_calls(void)
{
	for (size_t i = 0; i < ROUTES_MAX; i++)
		atomic_store(&calls[i], 0);
}
