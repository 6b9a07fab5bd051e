/* The ring of spans: nothing is kept without one, all is kept in it until it is full, and nobody waits. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "common/trace/trace.h"

enum { ROOM = 64, THREADS = 4, EACH = 20000 };

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static struct arena *mem;
static struct app app;
static struct req rq;

static void
open_all(void)
{
	mem = arena_open(1 << 22);
	app = (struct app){ .service = "test" };
	req_begin(&rq, &app, mem, TEXT("GET /api/things"), 1000);
	req_follow(&rq, TEXT(PARENT), TEXT("r-1"));
	app.traces = trace_open(ROOM);
}

static void
close_all(void)
{
	trace_close(&app.traces);
	req_end(&rq);
	arena_close(&mem);
}
TestSuite(trace, .init = open_all, .fini = close_all, .timeout = 60);

static size_t
take(struct span_record *into, size_t most)
{
	return trace_take(app.traces, into, most, clock_mono_us());
}

static bool
says(const struct span_record *s, struct span_text t, const char *text)
{
	return text_is(span_text(s, t), text);
}

static void
put(int n)
{
	const struct span span = { .kind = SPAN_INTERNAL, .name = TEXT("a"), .took_us = 1 };

	for (int i = 0; i < n; i++)
		SPAN(&rq, &span, kv_i("i", i));
}

static int64_t
dropped(const char *reason)
{
	struct buf text = buf_in(mem, 1 << 20);
	const char *line, *name = arena_printf(mem, "dure_trace_spans_dropped_total{reason=\"%s\"} ", reason);

	metrics_write(&text);
	buf_byte(&text, '\0');
	line = strstr(text.at, name);
	return line != NULL ? strtoll(line + strlen(name), NULL, 10) : 0;
}

Test(trace, a_span_says_whose_what_when_and_how_it_ended)
{
	const struct span span = { .kind = SPAN_SERVER, .name = TEXT("GET /api/things"), .took_us = 5000, .error = "things.none" };
	struct span_record s;

	SPAN(&rq, &span, kv_s("http.request.method", "GET"), kv_s("empty", ""), kv_i("status", 500),
	    kv_phone("to", TEXT("01000000001")));
	cr_assert_eq(take(&s, 1), 1);
	cr_assert_eq(memcmp(s.trace, rq.trace.at + REQ_TRACE_ID_AT, sizeof(s.trace)), 0);
	cr_assert_eq(memcmp(s.id, rq.trace.at + REQ_SPAN_AT, sizeof(s.id)), 0);
	cr_assert_eq(memcmp(s.parent, "b7ad6b7169203331", sizeof(s.parent)), 0);
	cr_assert_eq(s.kind, SPAN_SERVER);
	cr_assert_eq(s.ended_us - s.began_us, 5000);
	cr_assert_leq(llabs(clock_real_us() - s.ended_us), 10000000);
	cr_assert(says(&s, s.name, "GET /api/things") && says(&s, s.error, "things.none"));
	cr_assert_eq(s.n_values, 3);
	cr_assert(s.values[0].is_text && says(&s, s.values[0].text, "GET"));
	cr_assert(!s.values[1].is_text && s.values[1].number == 500);
	cr_assert(says(&s, s.values[2].text, "010****0001"));
}

Test(trace, a_call_is_a_span_of_its_own_below_the_work_that_made_it)
{
	struct text trace = trace_for_call(&rq);
	struct span_record s;

	trace_call(&rq, &(struct trace_call){ .traceparent = trace, .to = "toss", .method = "POST", .path = TEXT("/v1/pay"),
		.url = "https://user:secret@pay.example:8443/base?key=secret", .status = 404, .took_us = 10 });
	cr_assert_eq(take(&s, 1), 1);
	cr_assert_eq(memcmp(trace.at, rq.trace.at, REQ_SPAN_AT), 0);
	cr_assert_neq(memcmp(s.id, rq.trace.at + REQ_SPAN_AT, sizeof(s.id)), 0);
	cr_assert_eq(memcmp(s.id, trace.at + REQ_SPAN_AT, sizeof(s.id)), 0);
	cr_assert_eq(memcmp(s.parent, rq.trace.at + REQ_SPAN_AT, sizeof(s.parent)), 0);
	cr_assert(s.kind == SPAN_CLIENT && says(&s, s.name, "POST toss") && says(&s, s.error, "404"));
	cr_assert(says(&s, s.values[2].text, "pay.example") && s.values[4].number == 8443);
	cr_assert_null(memmem(s.bytes, s.n_bytes, "secret", 6));
}

Test(trace, addresses_of_every_form_give_a_host)
{
	static const struct { const char *url, *host; int64_t port; } forms[] = { { "http://a.b", "a.b", 0 },
		{ "http://a.b:80/x:y", "a.b", 80 }, { "https://[::1]:4318/v1", "[::1]", 4318 }, { "https://[::1]", "[::1]", 0 },
		{ "https://[::1", "[::1", 0 }, { "http://a.b:x", "a.b", 0 }, { "nonsense", "", 0 }, { "http://", "", 0 } };
	struct span_record s;

	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		bool has_host = forms[i].host[0] != '\0';

		trace_call(&rq, &(struct trace_call){ .traceparent = trace_for_call(&rq), .to = "x", .method = "GET",
			.url = forms[i].url, .failure = "timeout" });
		cr_assert_eq(take(&s, 1), 1);
		cr_assert_eq(s.n_values, (size_t)(2 + has_host + (forms[i].port > 0)), "%s", forms[i].url);
		cr_assert(!has_host || says(&s, s.values[2].text, forms[i].host), "%s", forms[i].url);
		cr_assert(forms[i].port == 0 || s.values[3].number == forms[i].port, "%s", forms[i].url);
		cr_assert(says(&s, s.error, "timeout"));
	}
}

Test(trace, what_is_too_long_is_left_out_and_never_cut)
{
	static char long_text[SPAN_BYTES + 1];
	const struct span span = { .kind = SPAN_INTERNAL, .name = TEXT("a"), .took_us = 1 };
	struct span_record s;

	memset(long_text, 'x', sizeof(long_text) - 1);
	SPAN(&rq, &span, kv_s("long", long_text), kv_s("short", "y"));
	cr_assert_eq(take(&s, 1), 1);
	cr_assert_eq(s.n_values, 1);
	cr_assert(says(&s, s.values[0].text, "y"));
}

Test(trace, without_a_ring_or_the_callers_wish_nothing_is_kept)
{
	struct trace_ring *ring = app.traces;
	struct span_record s;

	app.traces = NULL;
	put(1);
	cr_assert(text_eq(trace_for_call(&rq), rq.trace));
	app.traces = ring;
	req_follow(&rq, TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"), TEXT(""));
	put(1);
	cr_assert(text_eq(trace_for_call(&rq), rq.trace));
	cr_assert_eq(take(&s, 1), 0);
}

Test(trace, a_full_ring_drops_what_comes_and_counts_it)
{
	static struct span_record all[ROOM + 1];

	put(ROOM + 10);
	cr_assert_eq(dropped("full"), 10);
	cr_assert_eq(take(all, ROOM + 1), ROOM);
	for (int i = 0; i < ROOM; i++)
		cr_assert_eq(all[i].values[0].number, i, "the oldest are kept, in order");
	put(3);
	cr_assert_eq(take(all, 2), 2);
	trace_close(&app.traces);
	cr_assert_eq(dropped("stopped"), 1);
}

Test(trace, who_hurries_waits_for_nothing)
{
	struct span_record s;
	int64_t began_us = clock_mono_us();

	put(1);
	trace_hurry(app.traces);
	trace_rest(app.traces, began_us + 60000000);
	cr_assert_eq(trace_take(app.traces, &s, 1, began_us + 60000000), 1);
	cr_assert_eq(trace_take(app.traces, &s, 1, began_us + 60000000), 0);
	cr_assert_lt(clock_mono_us() - began_us, 30000000);
}

static void *
write_many(void *arg)
{
	struct arena *own = arena_open(1 << 20);
	const struct span span = { .kind = SPAN_INTERNAL, .name = TEXT("many"), .took_us = 1 };
	struct req mine;

	req_begin(&mine, &app, own, TEXT("x"), 1000);
	req_follow(&mine, TEXT(PARENT), TEXT(""));
	for (int i = 0; i < EACH; i++)
		SPAN(&mine, &span, kv_i("thread", *(int *)arg), kv_i("i", i));
	req_end(&mine);
	arena_close(&own);
	return NULL;
}

/* What was taken and what was dropped is all there was, each thread's in its order. */
Test(trace, many_writers_lose_nothing_uncounted)
{
	static struct span_record batch[ROOM];
	pthread_t threads[THREADS];
	int64_t last[THREADS], taken = 0;
	int names[THREADS];
	size_t n;

	for (int i = 0; i < THREADS; i++) {
		names[i] = i;
		last[i] = -1;
		cr_assert_eq(pthread_create(&threads[i], NULL, write_many, &names[i]), 0);
	}
	while ((n = trace_take(app.traces, batch, ROOM / 2, clock_mono_us() + 200000)) > 0)
		for (size_t i = 0; i < n; i++, taken++) {
			int64_t *of = &last[batch[i].values[0].number];
			cr_assert_gt(batch[i].values[1].number, *of);
			*of = batch[i].values[1].number;
		}
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
	n = take(batch, ROOM);
	cr_assert_eq(taken + (int64_t)n + dropped("full"), THREADS * EACH);
}
