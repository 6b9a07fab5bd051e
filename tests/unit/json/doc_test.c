/* Looking into foreign JSON. */
#include <criterion/criterion.h>

#include "common/core/text.h"
#include "common/json/json.h"

static struct arena *mem;
static struct req rq;

static void
open_req(void)
{
	mem = arena_open(1 << 20);
	req_begin(&rq, NULL, mem, TEXT("test"), 1000);
}

static void
close_req(void)
{
	req_end(&rq);
	arena_close(&mem);
}
TestSuite(json_doc, .init = open_req, .fini = close_req);

Test(json_doc, members_and_items_are_found_by_path)
{
	const struct json_doc *doc;
	struct text t;
	int64_t n;

	cr_assert_null(json_parse(&rq,
	    TEXT("{\"code\":0,\"response\":{\"status\":\"paid\",\"x\":1.5},"
		 "\"messages\":[{\"messageId\":\"m-1\"},{\"messageId\":7}]}"),
	    &doc));
	cr_assert(json_text(&rq, doc, "response.status", &t) && text_is(t, "paid"));
	cr_assert(json_text(&rq, doc, "messages.0.messageId", &t) && text_is(t, "m-1"));
	cr_assert(json_i64(doc, "messages.1.messageId", &n) && n == 7);
	cr_assert(json_i64(doc, "code", &n) && n == 0);
	cr_assert_eq(json_length(doc, "messages"), 2);
	cr_assert_eq(json_length(doc, "response"), 0);
	cr_assert_eq(json_length(doc, ""), 0);
	cr_assert_not(json_text(&rq, doc, "messages.1.messageId", &t));
	cr_assert_not(json_text(&rq, doc, "messages.2.messageId", &t));
	cr_assert_not(json_text(&rq, doc, "messages.-1.messageId", &t));
	cr_assert_not(json_text(&rq, doc, "messages.x", &t));
	cr_assert_not(json_text(&rq, doc, "response", &t));
	cr_assert_not(json_text(&rq, doc, "response.status.deeper", &t));
	cr_assert_not(json_text(&rq, doc, "", &t));
	cr_assert_not(json_i64(doc, "response.x", &n));
	cr_assert_not(json_i64(doc, "absent", &n));
}

Test(json_doc, an_array_may_be_the_root)
{
	const struct json_doc *doc;
	struct text t;

	cr_assert_null(json_parse(&rq, TEXT("[\"a\",\"b\"]"), &doc));
	cr_assert_eq(json_length(doc, ""), 2);
	cr_assert(json_text(&rq, doc, "1", &t) && text_is(t, "b"));
}

Test(json_doc, garbage_is_the_partners_fault)
{
	const struct json_doc *doc;
	const struct err *e = json_parse(&rq, TEXT("<html>502</html>"), &doc);

	cr_assert_eq(e->code, E_UPSTREAM);
	cr_assert_str_eq(e->slug, "upstream.json");
}
