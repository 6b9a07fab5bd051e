/* The payment page: what it may load, what stands in it, and where it is not. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/buf.h"
#include "common/core/text.h"
#include "services/gateway/pay/page.h"
#include "tests/kit/kit.h"
#include "tests/unit/gateway/world.h"

#define PAYMENT "01926f00-0000-7000-8000-000000000010"

static void
begin(void)
{
	world_open();
	config.toss_client_key = "test_ck_1";
	config.toss_script_url = "https://js.example/v2";
	config.toss_origins = "https://*.example";
	config.cors_origins = "https://a.example, https://b.example";
}

TestSuite(pay, .init = begin, .fini = world_close);

static const struct err *
ask(const char *step, const char *path, struct http_reply *out)
{
	static struct buf head;

	head = buf_in(rq.mem, 8192);
	for (size_t i = 0; i < n_public_routes; i++)
		if (strcmp(public_routes[i].name, step) == 0)
			return pay_answer(&rq, &public_routes[i], world_request("GET", path, NULL), &head, out);
	kit_fail("no route %s", step);
}

static bool
has(struct text t, const char *part)
{
	return strstr(str(t), part) != NULL;
}

/* What stands between the two, the first time. */
static const char *
between(const char *text, const char *before, const char *behind)
{
	const char *at = strstr(text, before), *end;

	kit_sure(at != NULL);
	at += strlen(before);
	end = strstr(at, behind);
	kit_sure(end != NULL);
	return kit_print("%.*s", (int)(end - at), at);
}

Test(pay, nothing_runs_but_what_bears_the_nonce_and_what_the_provider_serves)
{
	struct http_reply out;
	const char *nonce;

	cr_assert_null(ask("pay_page_read", "/pay/" PAYMENT, &out));
	cr_assert_eq(out.status, 200);
	nonce = between(str(out.head), "script-src 'nonce-", "'");
	cr_assert_eq(strlen(nonce), 22);
	cr_assert(has(out.head, kit_print("Content-Security-Policy: default-src 'none'; script-src 'nonce-%s' https://*.example; "
	    "style-src 'nonce-%s'; connect-src 'self' https://*.example; frame-src https://*.example; img-src 'self' data: "
	    "https://*.example; form-action https://*.example; base-uri 'none'; frame-ancestors 'none'\r\n", nonce, nonce)),
	    "%s", str(out.head));
	cr_assert(has(out.head, "Cache-Control: no-store\r\n"));
	cr_assert(has(out.head, "Referrer-Policy: no-referrer\r\n"));
	cr_assert(has(out.head, "Content-Type: text/html; charset=utf-8\r\n"));
	cr_assert(has(out.body, kit_print("<script src=\"/pay-files/pay.js\" nonce=\"%s\"></script>", nonce)));
	cr_assert(!has(out.body, "{{") && !has(out.body, "<script>") && !has(out.body, " style=") && !has(out.body, " onclick="));
}

Test(pay, each_answer_has_a_nonce_of_its_own)
{
	struct http_reply first, second;

	cr_assert_null(ask("pay_page_read", "/pay/" PAYMENT, &first));
	cr_assert_null(ask("pay_page_read", "/pay/" PAYMENT, &second));
	cr_assert_str_neq(between(str(first.head), "'nonce-", "'"), between(str(second.head), "'nonce-", "'"));
}

Test(pay, the_settings_stand_in_the_page_escaped)
{
	struct http_reply out;

	config.toss_client_key = "a\"><script>alert(1)</script>&";
	cr_assert_null(ask("pay_success_read", "/pay/" PAYMENT "/success", &out));
	cr_assert(has(out.body, "content=\"a&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;\""), "%s", str(out.body));
	cr_assert(has(out.body, "<meta name=\"dure-script\" content=\"https://js.example/v2\">"));
	cr_assert(has(out.body, "<meta name=\"dure-origins\" content=\"https://a.example https://b.example\">"));
}

Test(pay, nothing_of_the_address_stands_in_the_page)
{
	struct http_reply first, second;
	const char *nonce;

	cr_assert_null(ask("pay_failure_read", "/pay/" PAYMENT "/failure", &first));
	cr_assert_null(ask("pay_failure_read", "/pay/01926f00-0000-7000-8000-0000000000ff/failure", &second));
	cr_assert_eq(first.body.len, second.body.len);
	nonce = between(str(first.head), "'nonce-", "'");
	cr_assert(has(first.body, nonce) && !has(first.body, PAYMENT));
}

Test(pay, what_is_no_payment_or_no_file_is_not_found)
{
	static const char *const pages[] = { "/pay/1", "/pay/", "/pay/01926f00-0000-7000-8000-00000000001%22", "/pay/..",
		"/pay/\"><script>" };
	static const char *const files[] = { "/pay-files/pay.html", "/pay-files/none.js", "/pay-files/..", "/pay-files/",
		"/pay-files/pay.js%00" };
	struct http_reply out;

	for (size_t i = 0; i < COUNT_OF(pages); i++)
		cr_expect_str_eq(slug_of(ask("pay_page_read", pages[i], &out)), "http.no_such_path", "%s", pages[i]);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		cr_expect_str_eq(slug_of(ask("pay_file_read", files[i], &out)), "http.no_such_path", "%s", files[i]);
}

Test(pay, the_files_have_their_types)
{
	struct http_reply out;

	cr_assert_null(ask("pay_file_read", "/pay-files/pay.js", &out));
	cr_assert(has(out.head, "Content-Type: text/javascript; charset=utf-8\r\n"));
	cr_assert(!has(out.body, "innerHTML") && !has(out.body, "insertAdjacentHTML") && !has(out.body, "document.write"));
	cr_assert_null(ask("pay_file_read", "/pay-files/pay.css", &out));
	cr_assert(has(out.head, "Content-Type: text/css; charset=utf-8\r\n"));
}

Test(pay, without_a_client_key_there_is_no_page)
{
	struct http_reply out;

	config.toss_client_key = "";
	cr_assert_str_eq(slug_of(ask("pay_page_read", "/pay/" PAYMENT, &out)), "http.no_such_path");
	cr_assert_str_eq(slug_of(ask("pay_file_read", "/pay-files/pay.js", &out)), "http.no_such_path");
}

static int
problems(const char *key, const char *origins, bool prod)
{
	struct gateway_config values = { .toss_client_key = key, .toss_origins = origins };
	FILE *to = tmpfile();
	int n = pay_check(&values, prod, to);

	fclose(to);
	return n;
}

Test(pay, settings_that_cannot_be_are_told)
{
	cr_expect_eq(problems("test_ck_1", "https://*.example", false), 0);
	cr_expect_eq(problems("test_ck_1", "https://*.example", true), 1);
	cr_expect_eq(problems("live_ck_1", "https://*.example https://b.example", true), 0);
	cr_expect_eq(problems("", "https://*.example", true), 0);
	cr_expect_eq(problems("live_ck_1", "https://a.example; script-src *", false), 1);
	cr_expect_eq(problems("live_ck_1", "'unsafe-inline'", false), 1);
	cr_expect_eq(problems("live_ck_1", "https://a.example\r\nSet-Cookie: x", false), 1);
}
