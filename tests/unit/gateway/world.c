/* A request as the gateway's parts see it, without a server. */
#include "tests/unit/gateway/world.h"
#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>
#include "common/core/text.h"
#include "common/http/door.h"

enum { MEM_BYTES = 256 << 20, HEADERS = 16, TIMEOUT_MS = 5000 };

struct req rq;
struct gateway gateway;
struct gateway_config config;
struct app app;

static const struct config_common common = { .drain_ms = 10000 };
static struct http_request_header headers[HEADERS];
static struct http_request in;
static struct http_answer answer;

void
world_open(void)
{
	config = (struct gateway_config){ .trusted_proxies = "", .cors_origins = "", .limits = "", .long_polls = 2 };
	gateway = (struct gateway){ .config = &config };
	app = (struct app){ .service = "gateway", .state = &gateway, .config = &common };
	req_begin(&rq, &app, arena_open(MEM_BYTES), TEXT("test"), TIMEOUT_MS);
	(void)world_request("GET", "/", NULL);
}

void
world_close(void)
{
	struct arena *mem = rq.mem;

	req_end(&rq);
	arena_close(&mem);
}

static void
set_method(const char *method)
{
	static const char *const words[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

	in.method_name = text_of(method);
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (strcmp(method, words[i]) == 0) {
			in.method = (enum http_method)i;
			in.known_method = true;
		}
	}
}

struct http_request *
world_request(const char *method, const char *path, ...)
{
	struct text query = text_of(path);
	const char *line;
	va_list lines;

	in = (struct http_request){ .headers = headers };
	set_method(method);
	in.path = text_cut(&query, '?');
	in.query = query;
	va_start(lines, path);
	while ((line = va_arg(lines, const char *)) != NULL) {
		struct text value = text_of(line), name = text_cut(&value, ':');

		cr_assert_lt(in.n_headers, HEADERS);
		headers[in.n_headers++] = (struct http_request_header){ name, text_trim(value) };
	}
	va_end(lines);
	answer = (struct http_answer){ .in = &in };
	rq.answer = &answer;
	in.client_ip = rq.client_ip = TEXT("127.0.0.1");
	return &in;
}

const char *
str(struct text t)
{
	return arena_copy(rq.mem, t).at;
}

const char *
slug_of(const struct err *e)
{
	return e != NULL ? e->slug : "";
}
