/* Writing a request to a service. */
#include "services/gateway/forward.h"
#include <string.h>
#include "common/core/buf.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/token/identity.h"
#include "common/trace/trace.h"
#include "services/gateway/identity_key.h"

/* What of the caller's header means something to a service; everything else stays outside. */
static const char *const forwarded[] = { "Content-Type", "Accept", "Accept-Language", "If-Match", "If-None-Match",
	"Idempotency-Key", "User-Agent" };

/* The gateway's name in the pair keys of auth. */
#define PAIR_KID "gateway"

enum { REQUEST_BYTES = 17 * 1024 * 1024, SOCKETIO_DEADLINE_US = 60 * 1000000 };

static struct text
path_query(struct req *rq, const struct http_request *in)
{
	if (in->query.at == NULL)
		return in->path;
	return JOIN(rq->mem, in->path, TEXT("?"), in->query);
}

static void
line(struct buf *b, const char *name, struct text value)
{
	buf_str(b, name);
	buf_str(b, ": ");
	buf_text(b, value);
	buf_str(b, "\r\n");
}

/* A call on its way, as its span will tell of it. */
struct leg { struct upstream *upstream; const char *to; struct text method, trace; int64_t began_us; };

static struct leg
begin_leg(const struct req *rq, struct upstream *u, const char *to, struct text method)
{
	return (struct leg){ .upstream = u, .to = to, .method = method, .trace = trace_for_call(rq), .began_us = clock_mono_us() };
}

static const struct err *
end_leg(const struct req *rq, const struct leg *leg, const struct upstream_answer *answer, const struct err *e)
{
	if (trace_wants(rq))
		trace_call(rq, &(struct trace_call){ .traceparent = leg->trace, .to = leg->to,
			.method = arena_copy(rq->mem, leg->method).at,
			.url = arena_printf(rq->mem, "http://%s", upstream_host(leg->upstream)),
			.failure = e != NULL ? e->slug : NULL, .status = e != NULL ? 0 : answer->status,
			.took_us = clock_mono_us() - leg->began_us });
	return e;
}

static void
start(struct buf *b, struct req *rq, const struct leg *leg, struct text target)
{
	buf_text(b, leg->method);
	buf_byte(b, ' ');
	buf_text(b, target);
	buf_str(b, " HTTP/1.1\r\nHost: dure\r\n");
	line(b, "X-Request-Id", rq->request_id);
	line(b, "traceparent", leg->trace);
}

static void
finish(struct buf *b, struct text body)
{
	buf_str(b, "Content-Length: ");
	buf_i64(b, (int64_t)body.len);
	buf_str(b, "\r\n\r\n");
	buf_text(b, body);
}

static struct identity
identity_of(const struct req *rq)
{
	return (struct identity){ .who = rq->who, .user = rq->user, .company = rq->company, .session = rq->session,
		.permissions = rq->permissions, .request_id = rq->request_id, .client_ip = rq->client_ip,
		.issued_us = rq->now_us };
}

static void
copy_headers(struct buf *b, struct req *rq)
{
	for (size_t i = 0; i < COUNT_OF(forwarded); i++) {
		struct text value = http_request_header(rq, forwarded[i]);

		if (value.at != NULL)
			line(b, forwarded[i], value);
	}
}

/* An answer that may take long holds a thread here and one at the service: there are only so many of them. */
static const struct err *
exchange_patiently(struct req *rq, int seconds, struct upstream *u, struct text request, struct upstream_answer *out)
{
	struct gateway *gateway = gateway_of(rq);
	const struct err *e;

	if (__atomic_add_fetch(&gateway->long_polls, 1, __ATOMIC_ACQ_REL) > gateway->config->long_polls) {
		e = FAIL(rq, BUSY, "upstream.long_polls", "too many callers wait for events already");
	} else {
		rq->deadline_us = clock_mono_us() + (int64_t)seconds * 1000000;
		e = upstream_exchange(rq, u, request, false, out);
	}
	(void)__atomic_sub_fetch(&gateway->long_polls, 1, __ATOMIC_ACQ_REL);
	return e;
}

/* A caller has no part in the gateway's word for him. Where a service does not take it, clocks or keys differ, and a 401
 * would only make him sign in again. */
static const struct err *
check_trusted(struct req *rq, const char *service, const struct upstream_answer *answer)
{
	static const char mark[] = "\"code\":\"identity.invalid\"";
	static const int unknown_who = 401;

	if (answer->status != unknown_who || answer->body.len == 0 ||
	    memmem(answer->body.at, answer->body.len, mark, sizeof(mark) - 1) == NULL)
		return NULL;
	return FAIL(rq, BUSY, "upstream.distrusts", "%s does not take the gateway's word: clocks or identity keys differ", service);
}

const struct err *
forward_request(struct req *rq, const struct gateway_route *route, const struct service_door *door,
    const struct http_request *in, struct upstream_answer *out)
{
	struct text target = path_query(rq, in), key = http_request_header(rq, "Authorization");
	struct leg leg = begin_leg(rq, door->upstream, door->name, in->method_name);
	struct identity id = identity_of(rq);
	struct buf b = buf_in(rq->mem, REQUEST_BYTES);
	const struct err *e;

	start(&b, rq, &leg, target);
	line(&b, IDENTITY_HEADER, identity_sign(rq->mem, IDENTITY_KID, &door->identity_key, door->name, in->method_name,
	    target, &id));
	copy_headers(&b, rq);
	if (route->keyed && key.at != NULL)
		line(&b, "Authorization", key);
	finish(&b, in->body);
	if (route->long_poll_s > 0)
		e = exchange_patiently(rq, route->long_poll_s, door->upstream, buf_as_text(&b), out);
	else
		e = upstream_exchange(rq, door->upstream, buf_as_text(&b), route->method == HTTP_GET, out);
	TRY(end_leg(rq, &leg, out, e));
	return check_trusted(rq, door->name, out);
}

const struct err *
forward_plain(struct req *rq, struct upstream *u, const struct http_request *in, struct upstream_answer *out)
{
	struct leg leg = begin_leg(rq, u, "notification", in->method_name);
	struct buf b = buf_in(rq->mem, REQUEST_BYTES);
	struct text origin = http_request_header(rq, "Origin");

	rq->deadline_us += SOCKETIO_DEADLINE_US;      /* a poll is answered when there is something to say */
	start(&b, rq, &leg, path_query(rq, in));
	line(&b, "X-Forwarded-For", rq->client_ip);
	if (origin.at != NULL)
		line(&b, "Origin", origin);
	copy_headers(&b, rq);
	finish(&b, in->body);
	return end_leg(rq, &leg, out, upstream_exchange(rq, u, buf_as_text(&b), false, out));
}

const struct err *
forward_internal(struct req *rq, const char *method, struct text path, struct text body, struct upstream_answer *out)
{
	const struct gateway *gateway = gateway_of(rq);
	struct leg leg = begin_leg(rq, gateway->auth->upstream, "auth", text_of(method));
	struct identity me = { .who = WHO_SERVICE, .request_id = rq->request_id, .issued_us = rq->now_us };
	struct buf b = buf_in(rq->mem, REQUEST_BYTES);
	const struct err *e;

	start(&b, rq, &leg, path);
	line(&b, IDENTITY_HEADER, identity_sign(rq->mem, PAIR_KID, &gateway->pair_key, "auth", text_of(method), path, &me));
	if (body.len > 0)
		line(&b, "Content-Type", TEXT("application/json"));
	finish(&b, body);
	e = upstream_exchange(rq, gateway->auth->upstream, buf_as_text(&b), strcmp(method, "GET") == 0, out);
	return end_leg(rq, &leg, out, e);
}
