/* Cross-origin calls. */
#include "services/gateway/answer/cors.h"
#include "common/core/text.h"
#include "services/gateway/gateway.h"

static bool
allowed(const struct req *rq, struct text origin)
{
	for (struct text rest = text_of(gateway_of(rq)->config->cors_origins); rest.len > 0;)
		if (text_eq(text_trim(text_cut(&rest, ',')), origin))
			return true;
	return false;
}

void
cors_head(struct req *rq, struct buf *head)
{
	struct text origin = http_request_header(rq, "Origin");

	buf_str(head, "Vary: Origin\r\n");
	if (origin.at == NULL || origin.len == 0 || !allowed(rq, origin))
		return;
	buf_str(head, "Access-Control-Allow-Origin: ");
	buf_text(head, origin);
	buf_str(head, "\r\nAccess-Control-Allow-Credentials: true\r\nAccess-Control-Expose-Headers: ETag, Location, "
	    "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotent-Replayed\r\n");
}

bool
cors_preflight(struct req *rq, const struct http_request *in, struct http_reply *out)
{
	struct buf head = buf_in(rq->mem, 2048);

	if (!text_is(in->method_name, "OPTIONS") || http_request_header(rq, "Access-Control-Request-Method").at == NULL)
		return false;
	http_common_head(&head, rq);
	cors_head(rq, &head);
	if (allowed(rq, http_request_header(rq, "Origin")))
		buf_str(&head, "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE\r\nAccess-Control-Allow-Headers: "
		    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, traceparent\r\n"
		    "Access-Control-Max-Age: 600\r\n");
	*out = (struct http_reply){ .status = 204, .head = buf_as_text(&head) };
	return true;
}
