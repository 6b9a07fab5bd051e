/* Headers, method, body, and the options that keep curl from being helpful. */
#include "common/provider/request.h"

#include <string.h>

#include "common/core/text.h"

static void
add_header(struct curl_slist **headers, const char *line)
{
	struct curl_slist *grown = curl_slist_append(*headers, line);

	SURE(grown != NULL);
	*headers = grown;
}

static bool
is_header_value(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.at[i] < ' ' && t.at[i] != '\t')
			return false;
	return true;
}

/* "Expect:" without a value stops curl from waiting a second for a 100 that many servers never send. */
const struct err *
request_headers(struct req *rq, const char *name, const struct provider_ask *ask, struct text traceparent,
    struct curl_slist **out)
{
	const char *type = ask->content_type != NULL ? ask->content_type : "application/json";

	add_header(out, "Expect:");
	if (ask->body.at != NULL)
		add_header(out, arena_printf(rq->mem, "Content-Type: %s", type));
	add_header(out, arena_printf(rq->mem, "traceparent: %.*s", TEXT_ARG(traceparent)));
	SURE(ask->n_headers <= COUNT_OF(ask->headers));
	for (size_t i = 0; i < ask->n_headers; i++) {
		struct text v = ask->headers[i].value;
		if (!is_header_value(v))
			return FAIL(rq, INTERNAL, "provider.header", "%s cannot be sent to %s", ask->headers[i].name, name);
		add_header(out, arena_printf(rq->mem, v.len > 0 ? "%s: %.*s" : "%s;%.*s", ask->headers[i].name, TEXT_ARG(v)));
	}
	return NULL;
}

static void
put_method(CURL *h, const struct provider_ask *ask)
{
	bool is_get = strcmp(ask->method, "GET") == 0;

	if (ask->body.at != NULL || strcmp(ask->method, "POST") == 0) {
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.len);
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, ask->body.at != NULL ? ask->body.at : "");
	}
	if (strcmp(ask->method, "HEAD") == 0)
		curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
	else if (!is_get || ask->body.at != NULL)
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, ask->method);
}

void
request_put(CURL *h, const struct provider_ask *ask, struct curl_slist *headers)
{
	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	put_method(h, ask);
}
