/* Errors as bytes. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/text.h"
#include "common/http/door.h"

static struct arena *mem;
static struct req rq;
static struct http_request in = { .path = { "/api/orders", 11 } };
static struct http_answer answer = { .in = &in };

static void
setup(void)
{
	mem = arena_open(1 << 20);
	req_begin(&rq, NULL, mem, TEXT("test"), 1000);
	req_follow(&rq, TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), TEXT("r-1"));
	rq.answer = &answer;
}

static void
teardown(void)
{
	req_end(&rq);
	arena_close(&mem);
}

static const char *
written(const struct err *e)
{
	struct buf to = buf_in(mem, 65536);

	(void)http_problem_write(&to, &rq, e);
	buf_byte(&to, 0);
	return to.at;
}

TestSuite(problem, .init = setup, .fini = teardown);

Test(problem, an_error_is_these_bytes)
{
	cr_assert_str_eq(written(FAIL(&rq, RULE, "order.out_of_stock", "only \"%d\" left", 3)),
	    "{\"type\":\"urn:dure:problem:order.out_of_stock\",\"title\":\"A business rule refused this\",\"status\":422,"
	    "\"detail\":\"only \\\"3\\\" left\",\"instance\":\"/api/orders\","
	    "\"code\":\"order.out_of_stock\",\"requestId\":\"r-1\"}");
}

Test(problem, every_wrong_field_is_listed)
{
	struct err_fields fs = { .rq = &rq };

	err_field_add(&fs, "/body/a", "required", "a is missing");
	err_field_add(&fs, "/query/b", "unknown", "no b");
	const char *json = written(err_fields_done(&fs));
	cr_assert(strstr(json, "\"errors\":[{\"pointer\":\"/body/a\",\"code\":\"required\",\"detail\":\"a is missing\"},"
	    "{\"pointer\":\"/query/b\",\"code\":\"unknown\",\"detail\":\"no b\"}]}") != NULL, "%s", json);
}

Test(problem, a_fault_of_ours_says_nothing_about_itself)
{
	const char *json = written(FAIL(&rq, INTERNAL, "db.error", "password is hunter2"));

	cr_assert_null(strstr(json, "hunter2"));
	cr_assert_null(strstr(json, "db.error"));
	cr_assert_not_null(strstr(json, "\"code\":\"internal\""));
}

Test(problem, a_cause_stays_inside)
{
	const struct err *cause = FAIL(&rq, UPSTREAM, "toss.unreachable", "10.0.0.7 refused");

	cr_assert_null(strstr(written(BECAUSE(&rq, cause, "while paying")), "while paying"));
}

static const char *
head(const struct err *e)
{
	struct http_reply out = { 0 };

	http_reply_problem(&rq, e, &out);
	return arena_copy(mem, out.head).at;
}

Test(problem, who_must_wait_is_told_how_long)
{
	struct err *e = FAIL(&rq, TOO_MANY, "limit.over", "slow");

	cr_assert_not_null(strstr(head(e), "Retry-After: 1\r\n"));
	e->retry_after_s = 17;
	cr_assert_not_null(strstr(head(e), "Retry-After: 17\r\n"));
	cr_assert_not_null(strstr(head(FAIL(&rq, BUSY, "db.down", "x")), "Retry-After: 2\r\n"));
	cr_assert_not_null(strstr(head(FAIL(&rq, CONFLICT, "idempotency.running", "x")), "Retry-After: 1\r\n"));
	cr_assert_null(strstr(head(FAIL(&rq, CONFLICT, "order.state", "x")), "Retry-After"));
}

Test(problem, every_answer_carries_ids_and_is_not_stored)
{
	const char *h = head(FAIL(&rq, INVALID, "x.y", "z"));

	cr_assert_not_null(strstr(h, "Content-Type: application/problem+json\r\n"));
	cr_assert_not_null(strstr(h, "X-Request-Id: r-1\r\n"));
	cr_assert_not_null(strstr(h, "traceparent: 00-0af7651916cd43dd8448eb211c80319c-"));
	cr_assert_not_null(strstr(h, "Cache-Control: no-store\r\n"));
	cr_assert_not_null(strstr(h, "X-Content-Type-Options: nosniff\r\n"));
}
