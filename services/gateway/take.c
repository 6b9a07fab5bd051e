/* Every request: find the route, let the caller in, forward, answer. */
#include <string.h>
#include "common/core/buf.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "services/gateway/answer/client.h"
#include "services/gateway/answer/cors.h"
#include "services/gateway/answer/documents.h"
#include "services/gateway/forward.h"
#include "services/gateway/gate/gate.h"
#include "services/gateway/pay/page.h"

enum { HEAD_BYTES = 65536 };

/* By service and not by route: a histogram is sixteen series, and the services time their own routes. */
METRIC(duration, HISTOGRAM, "dure_gateway_request_duration_seconds", "upstream",
    "Time of requests by the service that answered; gateway: itself; patient: those that wait for events");

/* Header lines of a service that are its connection's business, or that the gateway says itself. */
static const char *const dropped[] = { "Connection", "Keep-Alive", "Content-Length", "Date", "Server", "X-Request-Id",
	"traceparent", "X-Content-Type-Options" };

static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

static bool
is_dropped(struct text name)
{
	for (size_t i = 0; i < COUNT_OF(dropped); i++)
		if (text_eq_nocase(name, text_of(dropped[i])))
			return true;
	return false;
}

static void
copy_answer(struct buf *head, const struct upstream_answer *answer, struct http_reply *out)
{
	for (struct text rest = answer->head; rest.len > 0;) {
		struct text line = text_cut(&rest, '\n'), name = line;

		name = text_cut(&name, ':');
		if (line.len < 2 || is_dropped(name))
			continue;
		buf_text(head, line);
		buf_byte(head, '\n');
	}
	*out = (struct http_reply){ .status = answer->status, .head = buf_as_text(head), .body = answer->body };
}

static const struct err *
wrong_method(struct req *rq, unsigned allowed, struct buf *head)
{
	struct buf list = buf_in(rq->mem, 64);

	for (unsigned m = 0; m < COUNT_OF(methods); m++)
		if ((allowed & 1u << m) != 0)
			buf_printf(&list, "%s%s", list.len > 0 ? ", " : "", methods[m]);
	buf_str(head, "Allow: ");
	buf_text(head, buf_as_text(&list));
	buf_str(head, "\r\n");
	return FAIL(rq, BAD_METHOD, "http.method", "This path takes %.*s", (int)list.len, list.at);
}

static const struct err *
find_route(struct req *rq, const struct http_request *in, struct buf *head, const struct gateway_route **out)
{
	struct router_match m;

	router_find(gateway_of(rq)->router, rq->mem, in->known_method ? (int)in->method : -1, in->path, &m);
	if (m.row == -1)
		return FAIL(rq, NOT_FOUND, "http.no_such_path", "There is nothing at this path");
	if (m.row < 0)
		return wrong_method(rq, m.allowed, head);
	*out = &public_routes[m.row];
	rq->door = JOIN(rq->mem, text_of(methods[(*out)->method]), TEXT(" "), text_of((*out)->path));
	http_route_name(rq, (*out)->name);
	return NULL;
}

static const struct service_door *
door_of(const struct gateway *gateway, struct text service)
{
	for (size_t i = 0; i < gateway->n_doors; i++)
		if (text_is(service, gateway->doors[i].name))
			return &gateway->doors[i];
	return NULL;
}

/* The service that takes the call: the route's own, or the one that a query parameter names. Who makes a query that
 * cannot be read is told so by the route's own. */
static const struct err *
service_of(struct req *rq, const struct gateway_route *route, struct text query, struct text *name)
{
	struct query_pair *pairs = NEWS(rq->mem, struct query_pair, ROUTER_MAX_QUERY);
	struct err_fields wrong = { .rq = rq };
	size_t n = 0, at = 0;

	*name = text_of(route->service);
	if (route->upstream_by == NULL || !query_parse(rq->mem, query, pairs, &n))
		return NULL;
	while (at < n && !text_is(pairs[at].name, route->upstream_by))
		at++;
	if (at == n)
		return NULL;
	*name = pairs[at].value;
	for (const char *const *known = route->upstreams; *known != NULL; known++)
		if (text_is(*name, *known))
			return NULL;
	err_field_add(&wrong, arena_printf(rq->mem, "/query/%s", route->upstream_by), "enum",
	    "is not one of the values that are known");
	return err_fields_done(&wrong);
}

static const struct err *
serve(struct req *rq, const struct http_request *in, struct buf *head, struct http_reply *out, const char **by)
{
	const struct gateway_route *route = NULL;
	const struct service_door *door;
	struct upstream_answer answer;
	struct text service;

	TRY(find_route(rq, in, head, &route));
	SURE(route != NULL);
	TRY(gate_pass(rq, route, head));
	if (in->unread)      /* the window of bad tokens has ended meanwhile */
		return FAIL(rq, BUSY, "http.body_unread", "Send it once more");
	if (strcmp(route->service, "gateway") == 0)
		return strncmp(route->name, "pay_", 4) == 0 ? pay_answer(rq, route, in, head, out) :
		    document_answer(rq, route, in, head, out);
	TRY(service_of(rq, route, in->query, &service));
	if ((door = door_of(gateway_of(rq), service)) == NULL)
		return FAIL(rq, BUSY, "upstream.absent", "%.*s is not part of this installation", TEXT_ARG(service));
	*by = route->long_poll_s > 0 ? "patient" : door->name;
	TRY(forward_request(rq, route, door, in, &answer));
	copy_answer(head, &answer, out);
	return NULL;
}

static const struct err *
serve_polling(struct req *rq, const struct http_request *in, struct buf *head, struct http_reply *out)
{
	struct upstream_answer answer;

	http_route_name(rq, "socketio");
	TRY(forward_plain(rq, gateway_of(rq)->socketio, in, &answer));
	copy_answer(head, &answer, out);
	return NULL;
}

/* The error's own reply, with the header lines that were due anyway (limits, Allow, CORS). */
static void
refuse(struct req *rq, const struct err *e, const struct buf *ours, struct http_reply *out)
{
	struct buf head = buf_in(rq->mem, HEAD_BYTES);

	http_reply_problem(rq, e, out);
	buf_text(&head, out->head);
	if (out->status == 401)
		buf_str(&head, "WWW-Authenticate: Bearer\r\n");
	buf_text(&head, buf_as_text(ours));
	out->head = buf_as_text(&head);
}

/* *by: who answered, a word of a short list. */
static void
take(struct req *rq, const struct http_request *in, struct http_reply *out, const char **by)
{
	struct buf ours = buf_in(rq->mem, HEAD_BYTES), head = buf_in(rq->mem, HEAD_BYTES);
	const struct err *e;
	bool polling = gateway_of(rq)->socketio != NULL && text_starts(in->path, TEXT("/socket.io/"));

	client_address(rq, in);
	if (!polling && cors_preflight(rq, in, out))
		return;
	if (!polling)
		cors_head(rq, &ours);
	*by = polling ? "patient" : *by;
	e = polling ? serve_polling(rq, in, &ours, out) : serve(rq, in, &ours, out, by);
	if (e != NULL) {
		http_reason(rq, e);
		refuse(rq, e, &ours, out);
		return;
	}
	http_common_head(&head, rq);
	buf_text(&head, out->head);
	out->head = buf_as_text(&head);
}

void
gateway_take(struct req *rq, const struct http_request *in, struct http_reply *out)
{
	int64_t began_us = clock_mono_us();
	const char *by = "gateway";

	take(rq, in, out, &by);
	metric_observe_us(&duration, by, clock_mono_us() - began_us);
}
