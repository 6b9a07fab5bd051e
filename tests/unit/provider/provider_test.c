/* Calls to a provider that answers, fails, lies and dies. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/provider/provider.h"
#include "tests/kit/kit.h"
#include "tests/unit/provider/oddserver.h"

static struct oddserver odd;
static struct arena *mem;
static struct req rq;
static struct provider *p;
static struct provider_answer got;

static struct provider_config
config(int port)
{
	static char url[64];

	(void)snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
	return (struct provider_config){ .name = "odd", .base_url = url, .user_password = "key:", .connect_timeout_ms = 200,
		.timeout_ms = 300, .max_parallel = 2, .breaker_failures = 3, .breaker_open_ms = 200, .answer_max_bytes = 65536 };
}

static void
setup(void)
{
	struct provider_config c;

	log_open("test", LV_ERROR);
	oddserver_open(&odd);
	mem = arena_open(1 << 24);
	req_begin(&rq, NULL, mem, TEXT("test"), 5000);
	c = config(odd.port);
	cr_assert_null(provider_open(&rq, &p, &c));
}

static void
teardown(void)
{
	provider_close(&p);
	req_end(&rq);
	arena_close(&mem);
}

TestSuite(provider, .init = setup, .fini = teardown, .timeout = 30);

static const char *
call(const char *method, const char *path, bool repeatable)
{
	struct provider_ask ask = { .method = method, .path = text_of(path), .repeatable = repeatable };
	const struct err *e;

	if (strcmp(method, "POST") == 0)
		ask.body = TEXT("{\"amount\":1}");
	e = provider_call(&rq, p, &ask, &got);
	return e == NULL ? "" : e->slug;
}

Test(provider, any_status_is_an_answer)
{
	cr_assert_str_eq(call("GET", "/ok", true), "");
	cr_assert_eq(got.status, 200);
	cr_assert(text_is(got.body, "fine"));
	cr_assert(text_is(got.content_type, "text/odd"));
	cr_assert_str_eq(call("POST", "/500", false), "");
	cr_assert_eq(got.status, 500);
	cr_assert(text_is(got.body, "sorry"));
}

Test(provider, a_redirect_is_not_followed)
{
	cr_assert_str_eq(call("GET", "/redirect", true), "");
	cr_assert_eq(got.status, 302);
	cr_assert_eq(odd.requests, 1);
}

Test(provider, the_request_carries_what_it_should)
{
	struct provider_ask ask = { .method = "POST", .path = TEXT("/echo/a%2Fb/../c?x=1"), .body = TEXT("{}"),
		.headers = { { "Idempotency-Key", TEXT("k1") }, { "X-Empty", TEXT("") } }, .n_headers = 2 };

	req_follow(&rq, TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), TEXT("r"));
	cr_assert_null(provider_call(&rq, p, &ask, &got));
	const char *all = arena_copy(mem, got.body).at;
	cr_assert_eq(strncmp(all, "POST /echo/a%2Fb/../c?x=1 HTTP/1.1\r\n", 36), 0, "%s", all);
	cr_assert_not_null(strstr(all, "Authorization: Basic a2V5Og==\r\n"));
	cr_assert_not_null(strstr(all, "Content-Type: application/json\r\n"));
	cr_assert_not_null(strstr(all, "Idempotency-Key: k1\r\n"));
	cr_assert_not_null(strstr(all, "X-Empty:\r\n"));
	cr_assert_not_null(strstr(all, "traceparent: 00-0af7651916cd43dd8448eb211c80319c-"));
	cr_assert_null(strstr(all, "Expect"));
	cr_assert_not_null(strstr(all, "\r\n\r\n{}"));
}

Test(provider, a_header_cannot_smuggle_another)
{
	struct provider_ask ask = { .method = "GET", .path = TEXT("/ok"), .headers = { { "X-Name", TEXT("a\r\nX-Evil: b") } },
		.n_headers = 1 };
	const struct err *e = provider_call(&rq, p, &ask, &got);

	cr_assert_not_null(e);
	cr_assert_eq(odd.requests, 0);
}

Test(provider, no_connection_means_not_sent)
{
	struct provider_config c = config(oddserver_dead_port());

	provider_close(&p);
	cr_assert_null(provider_open(&rq, &p, &c));
	cr_assert_str_eq(call("POST", "/ok", false), "odd.unreachable");
	cr_assert_str_eq(call("POST", "/ok", true), "odd.unreachable");
}

Test(provider, what_may_have_arrived_is_unknown_and_sent_once)
{
	cr_assert_str_eq(call("POST", "/never", false), "odd.timeout");
	cr_assert_eq(odd.requests, 1);
	cr_assert_str_eq(call("POST", "/gone", false), "odd.timeout");
	cr_assert_eq(odd.requests, 2);
	cr_assert_str_eq(call("POST", "/never", true), "odd.timeout");
	cr_assert_eq(odd.requests, 3);
}

Test(provider, garbage_half_answers_and_floods_are_unknown)
{
	static const char *const bad[] = { "/garbage", "/cut" };

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_expect_str_eq(call("POST", bad[i], false), "odd.timeout", "%s", bad[i]);
	cr_assert_str_eq(call("GET", "/ok", true), "");
	cr_assert_str_eq(call("POST", "/big", false), "odd.timeout");
}

Test(provider, what_may_be_repeated_is_repeated_once)
{
	cr_assert_str_eq(call("POST", "/once", true), "");
	cr_assert(text_is(got.body, "second"));
	cr_assert_eq(odd.requests, 2);
	cr_assert_str_eq(call("GET", "/gone", true), "odd.timeout");
	cr_assert_eq(odd.requests, 4);
}

Test(provider, connections_are_kept_for_what_may_be_repeated)
{
	for (int i = 0; i < 5; i++)
		cr_assert_str_eq(call("GET", "/ok", true), "");
	cr_assert_eq(odd.connections, 1);
	for (int i = 0; i < 3; i++)
		cr_assert_str_eq(call("POST", "/ok", false), "");
	cr_assert_eq(odd.connections, 4);
}

Test(provider, the_deadline_of_the_work_bounds_the_call)
{
	int64_t began_us = clock_mono_us();

	rq.deadline_us = began_us + 100000;
	cr_assert_str_eq(call("POST", "/never", false), "odd.timeout");
	/* Ten times the deadline: far from the 5 s that the call itself would be given. */
	cr_assert_lt(clock_mono_us() - began_us, 1000000);
	cr_assert_str_eq(call("POST", "/ok", false), "odd.busy");
	cr_assert_eq(odd.requests, 1);
}

Test(provider, the_breaker_opens_and_tries_again)
{
	for (int i = 0; i < 3; i++)
		cr_assert_str_eq(call("POST", "/gone", false), "odd.timeout");
	cr_assert_eq(kit_metric("dure_provider_breaker_open{provider=\"odd\"}"), 1);
	cr_assert_str_eq(call("GET", "/ok", true), "odd.breaker_open");
	cr_assert_eq(odd.requests, 3);
	cr_assert_eq(kit_metric("dure_provider_calls_total{provider=\"odd\",outcome=\"unknown\"}"), 3);
	cr_assert_eq(kit_metric("dure_provider_calls_total{provider=\"odd\",outcome=\"breaker_open\"}"), 1);
	cr_assert_eq(kit_metric("dure_provider_call_duration_seconds_count{provider=\"odd\"}"), 3);
	int64_t end_us = clock_mono_us() + 2000000;
	while (strcmp(call("GET", "/ok", true), "") != 0) {
		cr_assert_lt(clock_mono_us(), end_us);
		struct timespec moment = { .tv_nsec = 5000000 };
		(void)nanosleep(&moment, NULL);      /* asks 200 times a second, so the arena holds the errors */
	}
	cr_assert_str_eq(call("GET", "/ok", true), "");
	cr_assert_eq(kit_metric("dure_provider_breaker_open{provider=\"odd\"}"), 0);
}

static void *
hold(void *arg)
{
	struct arena *own = arena_open(1 << 20);
	struct req mine;
	struct provider_answer a;
	struct provider_ask ask = { .method = "POST", .path = TEXT("/never") };

	req_begin(&mine, NULL, own, TEXT("test"), 5000);
	*(bool *)arg = provider_call(&mine, p, &ask, &a) != NULL;
	req_end(&mine);
	arena_close(&own);
	return NULL;
}

Test(provider, more_than_max_parallel_wait_for_a_handle)
{
	pthread_t t[2];
	bool failed[2];

	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&t[i], NULL, hold, &failed[i]), 0);
	int64_t end_us = clock_mono_us() + 1000000;
	while (__atomic_load_n(&odd.requests, __ATOMIC_ACQUIRE) < 2)
		cr_assert_lt(clock_mono_us(), end_us);
	cr_assert_eq(kit_metric("dure_provider_calls_in_flight{provider=\"odd\"}"), 2);
	cr_assert_str_eq(call("GET", "/ok", true), "");
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	cr_assert_eq(kit_metric("dure_provider_calls_in_flight{provider=\"odd\"}"), 0);
	cr_assert(failed[0] && failed[1]);
}

Test(provider, a_call_inside_a_transaction_is_a_bug, .signal = SIGABRT)
{
	rq.tx = TX_WRITE;
	(void)call("GET", "/ok", true);
}
