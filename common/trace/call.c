/* The span of a call over HTTP, the same for all who make one. */
#include <stdio.h>
#include <string.h>

#include "common/core/text.h"
#include "common/trace/trace.h"

struct text
trace_for_call(const struct req *rq)
{
	return trace_wants(rq) ? req_next_span(rq) : rq->trace;
}

/* "https://user@host:8443/path" is host and 8443; port 0 when none is told. */
static struct text
host_of(const char *url, int64_t *port)
{
	const char *begin = url != NULL ? strstr(url, "://") : NULL;
	struct text host = { NULL, 0 }, rest, number;

	*port = 0;
	if (begin == NULL)
		return host;
	host = (struct text){ begin + 3, strcspn(begin + 3, "/?#") };
	rest = host;
	(void)text_cut(&rest, '@');
	host = rest.at != NULL ? rest : host;
	number = host;
	if (host.len > 0 && host.at[0] == '[') {      /* [::1]:8443 */
		host = text_cut(&number, ']');
		host.len += number.at != NULL ? 1 : 0;
		(void)text_cut(&number, ':');
	} else {
		host = text_cut(&number, ':');
	}
	if (number.at == NULL || !text_to_i64(number, port))
		*port = 0;
	return host;
}

void
trace_call(const struct req *rq, const struct trace_call *call)
{
	char name[80], status[12];
	int64_t port;

	if (!trace_wants(rq))
		return;
	struct kv values[8] = { kv_s("http.request.method", call->method), kv_s("peer.service", call->to),
		kv_t("server.address", host_of(call->url, &port)), kv_t("url.path", call->path) };
	size_t n = 4;
	struct span span = { .kind = SPAN_CLIENT, .traceparent = call->traceparent, .took_us = call->took_us,
		.error = call->status == 0 ? call->failure : NULL };

	(void)snprintf(name, sizeof(name), "%s %s", call->method, call->to);
	(void)snprintf(status, sizeof(status), "%d", call->status);
	span.name = text_of(name);
	if (port > 0)
		values[n++] = kv_i("server.port", port);
	if (call->status > 0)
		values[n++] = kv_i("http.response.status_code", call->status);
	if (call->status >= 400)
		span.error = status;
	values[n] = (struct kv){ NULL, KV_END, { .i = 0 } };
	trace_end(rq, &span, values);
}
