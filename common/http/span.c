/* A request as the span of it. */
#include <stdio.h>

#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/door.h"
#include "common/trace/trace.h"

static bool
is_id(struct text t)
{
	struct uuid u;

	return uuid_parse(t, &u);
}

/* Whoever writes a path may write a phone or a token into it: it is shown only where it is its route with ids put in. */
static struct text
shown_path(struct text path, struct text route)
{
	struct text here = path, there = route;

	while (here.at != NULL && there.at != NULL) {
		struct text is = text_cut(&here, '/'), want = text_cut(&there, '/');
		if (want.len > 0 && want.at[0] == '{' ? !is_id(is) : !text_eq(is, want))
			return (struct text){ NULL, 0 };
	}
	return here.at == there.at ? path : (struct text){ NULL, 0 };
}

/* "POST /api/orders/{orderId}" once the route is known, before that the method alone, which may be nonsense. */
static struct text
route_of(const struct req *rq)
{
	struct text route = rq->door;

	(void)text_cut(&route, ' ');
	return route;
}

void
http_span(const struct req *rq, const struct http_request *in, int status, const struct err *e, int64_t took_us)
{
	char word[12];

	if (!trace_wants(rq))
		return;
	struct text route = route_of(rq), method = in->known_method ? in->method_name : TEXT("_OTHER");
	struct span span = { .kind = SPAN_SERVER, .name = route.len > 0 ? rq->door : in->known_method ? method : TEXT("HTTP"),
		.took_us = took_us };

	(void)snprintf(word, sizeof(word), "%d", status);
	if (status >= 500)
		span.error = e != NULL ? e->slug : word;
	SPAN(rq, &span, kv_t("http.request.method", method), kv_s("url.scheme", "http"), kv_t("http.route", route),
	    kv_t("url.path", shown_path(in->path, route)), kv_i("http.response.status_code", status),
	    kv_t("dure.request_id", rq->request_id), kv_s("dure.problem", e != NULL ? e->slug : ""),
	    kv_i("dure.statements", rq->statements));
}
