/* Cross-origin calls. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/text.h"
#include "services/gateway/answer/cors.h"
#include "tests/unit/gateway/world.h"

TestSuite(cors, .init = world_open, .fini = world_close);

#define ORIGINS "https://app.example, https://admin.example"

static const char *
head_for(const char *origin_line)
{
	struct buf head = buf_in(rq.mem, 4096);

	config.cors_origins = ORIGINS;
	(void)world_request("GET", "/api/me", origin_line, NULL);
	cors_head(&rq, &head);
	return str(buf_as_text(&head));
}

Test(cors, a_listed_origin_is_echoed_exactly)
{
	const char *head = head_for("Origin: https://admin.example");

	cr_assert(strstr(head, "Access-Control-Allow-Origin: https://admin.example\r\n") != NULL, "%s", head);
	cr_assert(strstr(head, "Access-Control-Allow-Credentials: true\r\n") != NULL);
	cr_assert(strstr(head, "RateLimit") != NULL && strstr(head, "X-Request-Id") != NULL);
}

Test(cors, no_other_origin_gets_more_than_vary)
{
	static const char *const lines[] = { "Origin: https://evil.example", "Origin: https://app.example.evil.example",
		"Origin: https://app.exampl", "Origin: http://app.example", "Origin: https://APP.example", "Origin: null",
		"Origin: ",
		"Origin: *", "Origin: " ORIGINS, NULL };

	for (size_t i = 0; i < COUNT_OF(lines); i++)
		cr_assert_str_eq(head_for(lines[i]), "Vary: Origin\r\n", "%s", lines[i] != NULL ? lines[i] : "no Origin");
}

static bool
preflight(const char *origins, const char *method, const char *a, const char *b, struct http_reply *out)
{
	config.cors_origins = origins;
	return cors_preflight(&rq, world_request(method, "/api/orders", a, b, NULL), out);
}

Test(cors, a_preflight_of_a_listed_origin_says_what_may_be_sent)
{
	struct http_reply out;

	cr_assert(preflight(ORIGINS, "OPTIONS", "Access-Control-Request-Method: POST", "Origin: https://app.example", &out));
	cr_assert_eq(out.status, 204);
	cr_assert(strstr(str(out.head), "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE\r\n") != NULL);
	cr_assert(strstr(str(out.head), "Idempotency-Key") != NULL && strstr(str(out.head), "Authorization") != NULL);
	cr_assert(strstr(str(out.head), "Access-Control-Max-Age: 600\r\n") != NULL);
}

Test(cors, a_preflight_of_anybody_else_says_nothing)
{
	struct http_reply out;

	cr_assert(preflight(ORIGINS, "OPTIONS", "Access-Control-Request-Method: POST", "Origin: https://evil.example", &out));
	cr_assert_null(strstr(str(out.head), "Access-Control-Allow"));
	cr_assert(preflight("https://app.example,", "OPTIONS", "Access-Control-Request-Method: POST", NULL, &out));
	cr_assert_null(strstr(str(out.head), "Access-Control-Allow"), "an empty entry of the list is no origin");
}

Test(cors, an_options_without_the_question_is_no_preflight)
{
	struct http_reply out;

	cr_assert_not(preflight(ORIGINS, "OPTIONS", "Origin: https://app.example", NULL, &out));
	cr_assert_not(preflight(ORIGINS, "GET", "Access-Control-Request-Method: POST", "Origin: https://app.example", &out));
}
