/* Looking up and reading request headers. */
#include <string.h>

#include "common/core/text.h"
#include "common/http/door.h"

struct text
http_header_of(const struct http_request *in, const char *name, size_t *n)
{
	struct text wanted = text_of(name), first = { NULL, 0 };

	*n = 0;
	for (size_t i = 0; i < in->n_headers; i++)
		if (text_eq_nocase(in->headers[i].name, wanted) && (*n)++ == 0)
			first = in->headers[i].value;
	return first;
}

/* A traceparent that stands there twice is none (W3C Trace Context, 3.2.1). */
void
http_follow(struct req *rq, const struct http_request *in)
{
	size_t traces, ids;
	struct text trace = http_header_of(in, "traceparent", &traces), id = http_header_of(in, "X-Request-Id", &ids);

	req_follow(rq, traces == 1 ? text_trim(trace) : (struct text){ NULL, 0 }, id);
}

struct text
http_request_header(const struct req *rq, const char *name)
{
	size_t n;

	return http_header_of(rq->answer->in, name, &n);
}

struct text
http_request_body(const struct req *rq)
{
	return rq->answer->in->body;
}

/* RFC 8259 knows no parameter; charset=utf-8 is what browsers add. */
bool
http_is_json(struct text content_type)
{
	struct text rest = content_type, type = text_trim(text_cut(&rest, ';'));

	if (!text_eq_nocase(type, TEXT("application/json")))
		return false;
	if (rest.at == NULL)
		return true;
	rest = text_trim(rest);
	return text_eq_nocase(rest, TEXT("charset=utf-8")) || text_eq_nocase(rest, TEXT("charset=\"utf-8\""));
}

bool
http_list_has(struct text list, const char *token)
{
	while (list.len > 0)
		if (text_eq_nocase(text_trim(text_cut(&list, ',')), text_of(token)))
			return true;
	return false;
}
