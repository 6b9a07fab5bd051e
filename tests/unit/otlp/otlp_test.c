/* Spans on their way to a collector that takes them, refuses them, is slow, goes away and comes back. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "common/otlp/otlp.h"
#include "common/trace/trace.h"
#include "tests/kit/collector.h"
#include "tests/kit/kit.h"

enum { PATIENCE_MS = 20000, RING = 4096, BATCH = 512 };

#define TRACE  "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"

static struct arena *mem;
static struct app app;
static struct req rq;
static struct otlp *otlp;

static void
open_otlp(int port, const char *headers)
{
	const struct otlp_config config = { .endpoint = arena_printf(mem, "http://127.0.0.1:%d/", port), .headers = headers,
		.timeout_ms = 1000, .source = { .service = "commerce", .version = "1.2.3", .stage = "test" } };

	cr_assert_null(otlp_open(&rq, &otlp, &app, &config));
}

static void
open_all(void)
{
	log_open("test", LV_ERROR);
	collector_open(0);
	mem = arena_open(1 << 24);
	app = (struct app){ .service = "commerce" };
	req_begin(&rq, &app, mem, TEXT("GET /api/things"), 60000);
	req_follow(&rq, TEXT("00-" TRACE "-" PARENT "-01"), TEXT("r-1"));
	open_otlp(collector_port(), "Authorization=Bearer abc=, X-Scope-OrgID=7");
}

static void
close_all(void)
{
	otlp_close(&otlp);
	collector_close();
	collector_forget();
	req_end(&rq);
	arena_close(&mem);
}
TestSuite(otlp, .init = open_all, .fini = close_all, .timeout = 60);

static void
put(int n)
{
	const struct span span = { .kind = SPAN_SERVER, .name = TEXT("GET /api/things"), .took_us = 1500 };

	for (int i = 0; i < n; i++)
		SPAN(&rq, &span, kv_i("i", i));
}

static int64_t
counted(const char *line)
{
	struct buf text = buf_in(mem, 1 << 20);
	const char *at;

	metrics_write(&text);
	buf_byte(&text, '\0');
	at = strstr(text.at, line);
	return at != NULL ? strtoll(at + strlen(line), NULL, 10) : 0;
}

static int64_t
dropped(const char *reason)
{
	return counted(arena_printf(mem, "\ndure_trace_spans_dropped_total{reason=\"%s\"} ", reason));
}

static int64_t
sent(void)
{
	return counted("\ndure_trace_spans_sent_total ");
}

Test(otlp, a_span_arrives_with_all_that_was_said_of_it)
{
	struct span span = { .kind = SPAN_SERVER, .name = TEXT("GET \"\\\x01 \xff"), .took_us = 1500, .error = "things.none" };
	struct collected_span got;

	SPAN(&rq, &span, kv_s("http.request.method", "GET"), kv_i("http.response.status_code", 500),
	    kv_s("odd", "\"quoted\" \\ \t 두레"));
	kit_until(PATIENCE_MS, collector_span(0, &got));
	cr_assert_str_eq(got.trace, TRACE);
	cr_assert_str_eq(got.parent, PARENT);
	cr_assert_eq(memcmp(got.id, rq.trace.at + REQ_SPAN_AT, REQ_SPAN_CHARS), 0);
	cr_assert_str_eq(got.name, "GET \"\\\x01 \xef\xbf\xbd");
	cr_assert_str_eq(got.service, "commerce");
	cr_assert_eq(got.kind, SPAN_SERVER);
	cr_assert_eq(got.ended_ns - got.began_ns, 1500000);
	cr_assert(got.failed);
	cr_assert_str_eq(collected_value(&got, "error.type"), "things.none");
	cr_assert_str_eq(collected_value(&got, "http.response.status_code"), "500");
	cr_assert_str_eq(collected_value(&got, "odd"), "\"quoted\" \\ \t 두레");
	cr_assert_not_null(strstr(collector_head(), "\r\nAuthorization: Bearer abc=\r\n"));
	cr_assert_not_null(strstr(collector_head(), "\r\nX-Scope-OrgID: 7\r\n"));
	cr_assert_not_null(strstr(collector_head(), "-00\r\n"), "the call itself is not traced");
}

Test(otlp, a_root_that_went_well_has_no_parent_and_no_error)
{
	struct collected_span got;

	req_follow(&rq, TEXT(""), TEXT(""));
	put(1);
	kit_until(PATIENCE_MS, collector_span(0, &got));
	cr_assert_str_eq(got.parent, "");
	cr_assert_not(got.failed);
}

Test(otlp, many_go_in_batches_of_512_at_most_and_none_is_lost)
{
	put(3 * BATCH + 1);
	kit_until(PATIENCE_MS, collector_spans() == 3 * BATCH + 1);
	kit_until(PATIENCE_MS, sent() == 3 * BATCH + 1);
	cr_assert_geq(collector_requests(), 4);
	cr_assert_eq(dropped("full"), 0);
}

Test(otlp, the_longest_texts_fit_into_a_batch)
{
	static char worst[SPAN_BYTES];
	const struct span span = { .kind = SPAN_SERVER, .name = TEXT("a"), .took_us = 1 };

	memset(worst, '\x01', sizeof(worst) - 2);
	for (int i = 0; i < BATCH; i++)
		SPAN(&rq, &span, kv_s("worst", worst), kv_i("a", INT64_MAX), kv_i("b", INT64_MAX), kv_i("c", INT64_MAX));
	kit_until(PATIENCE_MS, collector_spans() == BATCH);
}

Test(otlp, what_the_collector_will_never_take_is_dropped_and_counted_and_the_next_is_sent)
{
	collector_answer(400, "", "{\"code\":3,\"message\":\"no\"}");
	put(2);
	kit_until(PATIENCE_MS, dropped("refused") == 2);
	collector_answer(200, "", "{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"too old\"}}");
	put(3);
	kit_until(PATIENCE_MS, dropped("refused") == 3);
	collector_answer(200, "", "{\"partialSuccess\":{}}");
	put(1);
	kit_until(PATIENCE_MS, sent() == 3);
	cr_assert_eq(dropped("refused"), 3);
}

Test(otlp, who_asks_to_be_left_alone_for_a_while_is)
{
	int64_t began_us = clock_mono_us();

	collector_answer(503, "Retry-After: 2\r\n", "");
	put(1);
	kit_until(PATIENCE_MS, collector_requests() == 1);
	collector_answer(200, "", "{}");
	kit_until(PATIENCE_MS, collector_spans() == 1);
	cr_assert_geq(clock_mono_us() - began_us, 1500000);
	cr_assert_eq(collector_requests(), 2);
}

/* A second's silence and more than a ring of spans: the oldest wait, the others are counted, and nobody was held up. */
Test(otlp, while_the_collector_is_away_work_goes_on_and_when_it_is_back_the_kept_ones_flow)
{
	int port = collector_port();
	int64_t began_us;

	collector_close();
	began_us = clock_mono_us();
	put(RING + 2 * BATCH);
	cr_assert_lt(clock_mono_us() - began_us, 1000000);
	kit_until(PATIENCE_MS, dropped("full") >= BATCH);
	collector_open(port);
	kit_until(PATIENCE_MS, sent() + dropped("full") == RING + 2 * BATCH);
	cr_assert_eq((int64_t)collector_spans(), sent());
	put(1);
	kit_until(PATIENCE_MS, sent() + dropped("full") == RING + 2 * BATCH + 1);
}

Test(otlp, an_orderly_end_sends_what_is_left)
{
	put(BATCH / 2);
	otlp_close(&otlp);
	cr_assert_eq(collector_spans(), BATCH / 2);
	cr_assert_null(app.traces);
}

/* The answer in hand (1 s) and the last tries (2 s) bound it, with room for a busy machine. */
Test(otlp, an_end_does_not_wait_for_a_collector_that_says_nothing)
{
	int64_t began_us;

	collector_hold(true);
	put(3 * BATCH);
	kit_until(PATIENCE_MS, counted("\ndure_trace_spans_waiting ") == 2 * BATCH);      /* one batch is in hand */
	began_us = clock_mono_us();
	otlp_close(&otlp);
	cr_assert_lt(clock_mono_us() - began_us, 5000000);
	collector_hold(false);
	cr_assert_eq(dropped("stopped"), 3 * BATCH);
}

Test(otlp, settings_that_make_no_sense_are_refused)
{
	static const char *const endpoints[] = { "", "collector:4318", "ftp://a", "http://", "http:///v1", "http://u:p@a",
		"http://a?x=1", "http://a#b", "http://a b" };
	static const char *const headers[] = { "a", "=b", "a=", "a b=c", "a=b\r\nc=d", "a=b,,", "a=\x7f",
		"a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1" };

	for (size_t i = 0; i < COUNT_OF(endpoints); i++)
		cr_assert_not(otlp_endpoint_is_good(endpoints[i]), "%s", endpoints[i]);
	for (size_t i = 0; i < COUNT_OF(headers); i++)
		cr_assert_not(otlp_headers_are_good(headers[i]), "%s", headers[i]);
	cr_assert(otlp_endpoint_is_good("https://a.b:4318/base/"));
	cr_assert(otlp_headers_are_good("") && otlp_headers_are_good("a=b") && otlp_headers_are_good("a=b c=d, e=f"));
}
