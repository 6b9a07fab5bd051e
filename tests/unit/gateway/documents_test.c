/* What the gateway answers by itself. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/text.h"
#include "services/gateway/answer/documents.h"
#include "tests/kit/kit.h"
#include "tests/unit/gateway/world.h"

TestSuite(documents, .init = world_open, .fini = world_close);

static const struct gateway_route *
route_named(const char *name)
{
	for (size_t i = 0; i < n_public_routes; i++)
		if (strcmp(public_routes[i].name, name) == 0)
			return &public_routes[i];
	kit_fail("no route %s", name);
}

static const struct err *
ask(const struct gateway_route *route, const char *path, struct http_reply *out)
{
	struct buf head = buf_in(rq.mem, 4096);

	return document_answer(&rq, route, world_request("GET", path, NULL), &head, out);
}

Test(documents, every_public_route_of_the_gateway_has_an_answer)
{
	int n = 0;

	for (size_t i = 0; i < n_public_routes; i++) {
		const struct gateway_route *route = &public_routes[i];
		bool named = strchr(route->path, '{') != NULL;
		struct http_reply out;

		if (strcmp(route->service, "gateway") != 0 || strncmp(route->name, "pay_", 4) == 0)
			continue;
		cr_assert_null(ask(route, named ? "/docs/swagger-ui.css" : route->path, &out), "%s", route->path);
		cr_assert(out.status == 200 && out.body.len > 0, "%s", route->path);
		n++;
	}
	cr_assert_eq(n, 5);
}

Test(documents, an_unknown_file_of_the_pages_is_not_found)
{
	static const char *const paths[] = { "/docs/none.js", "/docs/..", "/docs/index.html%00", "/docs/INDEX.HTML", "/docs/a" };
	struct http_reply out;

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		cr_assert_str_eq(slug_of(ask(route_named("docs_file_read"), paths[i], &out)), "http.no_such_path", "%s", paths[i]);
}

/* The targets of src= and href= one after the other; NULL when there are no more. */
static const char *
next_target(const char **rest)
{
	const char *src = strstr(*rest, "src=\""), *href = strstr(*rest, "href=\""), *at;

	at = src != NULL && (href == NULL || src < href) ? src + 5 : href != NULL ? href + 6 : NULL;
	if (at == NULL)
		return NULL;
	*rest = at;
	return str((struct text){ at, strcspn(at, "\"") });
}

Test(documents, the_page_asks_for_nothing_outside_and_for_nothing_that_is_not_there)
{
	struct http_reply page, out;
	const char *rest, *target;
	int files = 0;

	cr_assert_null(ask(route_named("docs_read"), "/docs", &page));
	cr_assert_null(strstr(str(page.body), "//"), "an address with a host");
	for (rest = str(page.body); (target = next_target(&rest)) != NULL;) {
		if (strncmp(target, "/docs/", 6) == 0) {
			const char *step = strcmp(target, "/docs/events") == 0 ? "docs_events_read" : "docs_file_read";
			cr_assert_null(ask(route_named(step), target, &out), "%s", target);
			files++;
		} else {
			cr_assert(target[0] == '/' || strcmp(target, "data:,") == 0, "%s", target);
		}
	}
	cr_assert_eq(files, 4);
	cr_assert_null(ask(route_named("docs_file_read"), "/docs/docs.js", &out));
	cr_assert_null(strstr(str(out.body), "://"));
}

Test(documents, the_catalogue_shows_each_event_with_an_example_and_has_no_script)
{
	struct http_reply page;

	cr_assert_null(ask(route_named("docs_events_read"), "/docs/events", &page));
	cr_assert_not_null(strstr(str(page.body), "id=\"payment.settled.v1\" class=\"public\""));
	cr_assert_not_null(strstr(str(page.body), "&quot;providerPaymentId&quot;: &quot;"));
	cr_assert_null(strstr(str(page.body), "<script"));
	cr_assert_null(strstr(str(page.body), "://"));
	cr_assert_not_null(strstr(str(page.head), "Content-Type: text/html; charset=utf-8\r\n"));
}

Test(documents, the_page_has_no_inline_script_and_its_policy_allows_none)
{
	struct http_reply page;
	const char *body, *policy, *script;

	cr_assert_null(ask(route_named("docs_read"), "/docs", &page));
	body = str(page.body);
	for (const char *at = body; (at = strstr(at, "<script")) != NULL; at++)
		cr_assert(strncmp(at, "<script src=\"", 13) == 0 && strstr(at, "\"></script>") != NULL);
	cr_assert_null(strstr(body, " on"), "an event handler would be an inline script");
	policy = strstr(str(page.head), "Content-Security-Policy: default-src 'none'; ");
	cr_assert_not_null(policy);
	script = strstr(policy, "script-src 'self';");
	cr_assert_not_null(script);
	cr_assert_null(strstr(policy, "unsafe-eval"));
	cr_assert_null(strstr(policy, "http"));
	cr_assert_not_null(strstr(policy, "frame-ancestors 'none'"));
}

Test(documents, each_kind_of_file_says_what_it_is)
{
	static const struct { const char *file, *type; } kinds[] = {
		{ "openapi.json", "application/json" }, { "index.html", "text/html; charset=utf-8" },
		{ "swagger-ui.css", "text/css; charset=utf-8" }, { "docs.js", "text/javascript; charset=utf-8" },
		{ "LICENSE", "text/plain; charset=utf-8" },
	};
	struct http_reply out;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		cr_assert_null(ask(route_named("docs_file_read"), arena_printf(rq.mem, "/docs/%s", kinds[i].file), &out));
		cr_assert(strstr(str(out.head), arena_printf(rq.mem, "Content-Type: %s\r\n", kinds[i].type)) != NULL, "%s",
		    kinds[i].file);
	}
}

Test(documents, the_contract_names_every_public_route)
{
	struct http_reply out;
	const char *contract;

	cr_assert_null(ask(route_named("openapi_read"), "/openapi.json", &out));
	contract = str(out.body);
	cr_assert_str_eq(kit_json_text(contract, "openapi"), "3.1.0");
	for (size_t i = 0; i < n_public_routes; i++)
		cr_assert(strstr(contract, arena_printf(rq.mem, "\"%s\"", public_routes[i].path)) != NULL, "%s",
		    public_routes[i].path);
	cr_assert_null(strstr(contract, "\"/internal/"), "what the gateway never routes");
}
