/* Log lines: one write each, always JSON, nothing secret. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"

static struct arena *mem;
static struct req rq;
static int out[2], real_stderr;
static char line[65536];

static void
open_log(void)
{
	mem = arena_open(1 << 20);
	req_begin(&rq, NULL, mem, TEXT("GET /api/orders"), 1000);
	cr_assert_eq(pipe(out), 0);
	real_stderr = dup(STDERR_FILENO);
	(void)dup2(out[1], STDERR_FILENO);
	(void)fcntl(out[0], F_SETFL, O_NONBLOCK);
	log_open("shop", LV_INFO);
}

static void
close_log(void)
{
	(void)dup2(real_stderr, STDERR_FILENO);
	arena_close(&mem);
}
TestSuite(log, .init = open_log, .fini = close_log);

/* Parses the one line that was written; NULL when there was none. */
static json_t *
logged(void)
{
	ssize_t n = read(out[0], line, sizeof(line) - 1);
	json_t *v;

	if (n <= 0)
		return NULL;
	line[n] = '\0';
	cr_assert_eq(strchr(line, '\n'), line + n - 1, "one line: %s", line);
	v = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(v, "not JSON: %s", line);
	return v;
}

static const char *
member(const json_t *v, const char *name)
{
	return json_string_value(json_object_get(v, name));
}

Test(log, a_line_says_when_who_what_and_for_which_request)
{
	struct uuid u = { { 1, 2 } };
	json_t *v;
	int64_t us;

	LOG(&rq, INFO, "order.placed", kv_i("lines", INT64_MIN), kv_u("order", u),
	    kv_s("note", NULL));
	v = logged();
	cr_assert_str_eq(member(v, "level"), "info");
	cr_assert_str_eq(member(v, "service"), "shop");
	cr_assert_str_eq(member(v, "event"), "order.placed");
	cr_assert_str_eq(member(v, "door"), "GET /api/orders");
	cr_assert(text_is(rq.request_id, member(v, "requestId")));
	cr_assert_eq(strlen(member(v, "trace")), 32);
	cr_assert_str_eq(member(v, "order"), "01020000-0000-0000-0000-000000000000");
	cr_assert_str_eq(member(v, "note"), "");
	cr_assert_eq(json_integer_value(json_object_get(v, "lines")), INT64_MIN);
	cr_assert(time_parse(text_of(member(v, "time")), &us));
	cr_assert(clock_real_us() - us < 10000000);
	json_decref(v);
}

Test(log, what_would_break_the_line_is_escaped)
{
	json_t *v;

	LOG(&rq, WARN, "x", kv_s("evil", "a\"b\\c\nd\x1b[31m\x7f"), kv_s("ko", "두레"),
	    kv_s("bad", "a\xff\xc3"));
	v = logged();
	cr_assert_str_eq(member(v, "evil"), "a\"b\\c\nd\x1b[31m\x7f");
	cr_assert_str_eq(member(v, "ko"), "두레");
	cr_assert_str_eq(member(v, "bad"), "a\xef\xbf\xbd\xef\xbf\xbd");
	cr_assert_null(strchr(line, 0x1b), "no raw escape may reach a terminal");
	json_decref(v);
}

Test(log, a_phone_is_masked)
{
	json_t *v;

	LOG(&rq, INFO, "x", kv_phone("to", TEXT("01000000001")),
	    kv_phone("bad", TEXT("01000000001;drop")));
	v = logged();
	cr_assert_str_eq(member(v, "to"), "010****0001");
	cr_assert_str_eq(member(v, "bad"), "***");
	json_decref(v);
}

Test(log, the_level_filters)
{
	enum log_level lv;

	LOG(&rq, DEBUG, "quiet");
	cr_assert_null(logged());
	cr_assert(log_level_parse("debug", &lv));
	log_open("shop", lv);
	LOG(NULL, DEBUG, "loud");
	json_decref(logged());
	cr_assert_not_null(strstr(line, "loud"));
	cr_assert_not(log_level_parse("trace", &lv));
	cr_assert_not(log_level_parse(NULL, &lv));
}

/* Every way in which the 4 KiB can end within a value. */
Test(log, a_long_line_is_cut_and_stays_json)
{
	static char words[3 * 5000 + 1];
	json_t *v;

	for (int i = 0; i < 5000; i++)
		memcpy(words + 3 * (size_t)i, "두", 4);
	for (size_t shift = 0; shift < 40; shift++) {
		char pad[64];
		memset(pad, shift % 3 == 0 ? '"' : 'x', sizeof(pad));
		LOG(&rq, INFO, "long", kv_t("pad", (struct text){ pad, shift }),
		    kv_s("words", words), kv_i("after", 7));
		v = logged();
		cr_assert_leq(strlen(line), 4096);
		cr_assert_geq(strlen(line), 4000);
		cr_assert(json_is_true(json_object_get(v, "cut")));
		cr_assert(text_is_utf8(text_of(member(v, "words"))));
		json_decref(v);
	}
}

Test(log, many_values_are_cut_between_values)
{
	struct kv kvs[301];
	json_t *v;

	for (size_t i = 0; i < 300; i++)
		kvs[i] = kv_i(arena_printf(mem, "key%zu", i), (int64_t)i + 1000000000);
	kvs[300] = (struct kv){ NULL, KV_END, { .i = 0 } };
	log_event(&rq, LV_ERROR, "many", kvs);
	v = logged();
	cr_assert(json_is_true(json_object_get(v, "cut")));
	cr_assert_eq(json_integer_value(json_object_get(v, "key10")), 1000000010);
	json_decref(v);
}

Test(log, an_error_is_logged_with_its_causes)
{
	const struct err *e = FAIL(&rq, BUSY, "pool.empty", "try again");
	json_t *v;

	e = BECAUSE(&rq, BECAUSE(&rq, e, "no connection in 100 ms"), "while placing an order");
	log_err(&rq, LV_ERROR, "request.failed", e);
	v = logged();
	cr_assert_str_eq(member(v, "code"), "BUSY");
	cr_assert_str_eq(member(v, "slug"), "pool.empty");
	cr_assert_str_eq(member(v, "detail"), "try again");
	cr_assert_not_null(strstr(member(v, "at"), "log_test.c:"));
	cr_assert_not_null(strstr(member(v, "because"), "while placing an order"));
	cr_assert_not_null(strstr(member(v, "because"), "no connection in 100 ms"));
	json_decref(v);
}

Test(log, errno_survives)
{
	errno = ENOTTY;
	LOG(&rq, INFO, "x");
	cr_assert_eq(errno, ENOTTY);
}

Test(log, a_closed_stderr_is_no_failure)
{
	(void)close(STDERR_FILENO);
	LOG(&rq, INFO, "x");
}
