/* A small HTTP client over libcurl, for any thread. */
#include "tests/kit/suite.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/buf.h"

enum { ANSWER_MS = 30000, ANSWER_BYTES = 64 << 20 };

struct exchange { struct buf head, body; };

static void
init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t
take_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;

	buf_put(&x->body, bytes, one * n);
	return one * n;
}

/* Of several heads (100 Continue) the last one counts. */
static size_t
take_head(char *bytes, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;

	if (one * n > 5 && memcmp(bytes, "HTTP/", 5) == 0)
		buf_reset(&x->head);
	buf_put(&x->head, bytes, one * n);
	return one * n;
}

static struct curl_slist *
collect(const char *json, va_list lines)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	const char *line;
	bool typed = false;

	while ((line = va_arg(lines, const char *)) != NULL) {
		typed = typed || strncasecmp(line, "Content-Type:", 13) == 0;
		list = curl_slist_append(list, line);
	}
	if (json != NULL && !typed)
		list = curl_slist_append(list, "Content-Type: application/json");
	return list;
}

static void
describe(CURL *curl, const char *method, const char *url, const char *json)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_head);
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	if (json != NULL) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(json));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json);
	}
}

static struct kit_reply
reply_of(CURL *curl, const struct exchange *x)
{
	struct kit_reply reply = { .status = 0, .body = "", .slug = "", .head = "" };
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	reply.status = (int)status;
	reply.length = x->body.len;
	reply.body = kit_keep(x->body.len > 0 ? x->body.at : "", x->body.len);
	reply.head = kit_keep(x->head.len > 0 ? x->head.at : "", x->head.len);
	if (status >= 400) {
		const char *code = kit_json_text(reply.body, "code");

		reply.slug = code != NULL ? code : "";
	}
	return reply;
}

/* A handle per call: a kept connection would hide what a restart does to new ones. */
struct kit_reply
kit_http_with(struct suite *s, const char *method, const char *path, const char *json, ...)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct exchange x = { buf_heap(ANSWER_BYTES), buf_heap(ANSWER_BYTES) };
	struct kit_reply reply = { .status = 0, .body = "", .slug = "", .head = "" };
	struct curl_slist *headers;
	va_list lines;
	CURL *curl;

	pthread_once(&once, init_curl);
	curl = curl_easy_init();
	SURE(curl != NULL);
	va_start(lines, json);
	headers = collect(json, lines);
	va_end(lines);
	if (strncmp(path, "http", 4) != 0)
		path = kit_print("%s%s", suite_url(s, "gateway"), path);
	describe(curl, method, path, json);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &x);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &x);
	if (curl_easy_perform(curl) == CURLE_OK)
		reply = reply_of(curl, &x);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	buf_free(&x.head);
	buf_free(&x.body);
	return reply;
}
