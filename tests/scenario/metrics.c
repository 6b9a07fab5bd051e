/* What the services tell at /metrics: when a customer has gone all the way, when strangers have asked for everything that
 * there is not (well formed by promtool's judgement, complete, and bounded), and when a provider is gone. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/kit/room.h"
#include "tests/scenario/customer/customer.h"

/* SERIES_MAX: of one process. STRANGE: requests to the gateway, and to each service itself. */
enum { SERIES_MAX = 2000, STRANGE = 150, MORE_MAX = 25 };

/* Of which services the page must tell it: the first letters of their names. */
struct wanted { const char *of, *series; };
static const struct wanted wanted[] = {
	{ "gabmcn", "process_resident_memory_bytes " },
	{ "gabmcn", "process_open_fds " },
	{ "gabmcn", "process_max_fds " },
	{ "gabmcn", "process_cpu_seconds_total " },
	{ "gabmcn", "process_start_time_seconds " },
	{ "gabmcn", "process_threads " },
	{ "gabmcn", "dure_build_info{version=" },
	{ "gabmcn", "dure_ready 1\n" },
	{ "gabmcn", "dure_http_requests_in_flight 0\n" },
	{ "gabmcn", "dure_http_connections " },
	{ "gabmcn", "dure_http_threads " },
	{ "gan", "dure_redis_up 1\n" },
	{ "abmcn", "dure_db_up 1\n" },
	{ "abmcn", "dure_db_pool_size " },
	{ "abmcn", "dure_db_pool_busy 0\n" },
	{ "abmcn", "dure_db_pool_waits_total " },
	{ "abcn", "dure_outbox_unsent 0\n" },
	{ "abcn", "dure_outbox_oldest_unsent_seconds 0.000000\n" },
	{ "abcn", "dure_outbox_relay_leads 1\n" },
	{ "abmcn", "dure_jobs_due{kind=\"idempotency_reap\"} 0\n" },
	{ "abmcn", "dure_jobs_parked{kind=\"idempotency_reap\"} 0\n" },
	{ "abmcn", "dure_jobs_oldest_due_seconds{kind=" },
	{ "b", "dure_inbox_lag_events{publisher=\"commerce\"} 0\n" },
	{ "b", "dure_inbox_lag_seconds{publisher=\"commerce\"} 0." },
	{ "b", "dure_inbox_parked{publisher=\"commerce\"} 0\n" },
	{ "b", "dure_http_requests_total{route=\"payment_confirm\",status=\"2xx\"} " },
	{ "b", "dure_http_request_duration_seconds_count{route=\"payment_confirm\"} " },
	{ "b", "dure_provider_calls_total{provider=\"toss\",outcome=\"answered\"} " },
	{ "b", "dure_provider_calls_total{provider=\"toss\",outcome=\"unknown\"} 0\n" },
	{ "b", "dure_provider_call_duration_seconds_count{provider=\"toss\"} " },
	{ "b", "dure_provider_breaker_open{provider=\"toss\"} 0\n" },
	{ "b", "dure_payments_open 0\n" },
	{ "b", "dure_payment_reviews_open 0\n" },
	{ "m", "dure_provider_breaker_open{provider=\"sens\"} 0\n" },
	{ "c", "dure_http_requests_total{route=\"order_create\",status=\"2xx\"} " },
	{ "a", "dure_password_slots_busy 0\n" },
	{ "a", "dure_password_waiting 0\n" },
	{ "a", "dure_password_refusals_total 0\n" },
	{ "n", "dure_sockets " },
	{ "n", "dure_alarms_pushed_total " },
	{ "n", "dure_socket_messages_dropped_total 0\n" },
	{ "g", "dure_http_requests_total{route=\"order_create\",status=\"2xx\"} " },
	{ "g", "dure_gateway_request_duration_seconds_count{upstream=\"commerce\"} " },
	{ "g", "dure_session_lookups_total{found=\"alive\"} " },
	{ "g", "dure_blacklist_lookups_total{found=\"clear\"} " },
	{ "g", "dure_gateway_access_log_waiting " },
	{ "g", "dure_gateway_access_log_rows_total{outcome=\"dropped\"} 0\n" },
};
static const char *const services[] = { "gateway", "auth", "billing", "messaging", "commerce", "notification" };

static const char *
page_of(struct suite *s, const char *service)
{
	return want(200, kit_http(s, "GET", kit_print("http://127.0.0.1:%d/metrics", suite_port(s, service, "manage")), NULL)).body;
}

static int
series_in(const char *page)
{
	int n = 0;

	for (; *page != '\0'; page += strcspn(page, "\n"), page += *page == '\n')
		n += *page != '#';
	return n;
}

/* Marks what the page tells; false while something was never told. */
static bool
all_is_told(struct suite *s, const char *service, bool told[])
{
	const char *page = page_of(s, service);
	bool all = true;

	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		told[i] = told[i] || strchr(wanted[i].of, service[0]) == NULL ||
		    strstr(page, kit_print("\n%s", wanted[i].series)) != NULL;
		all = all && told[i];
	}
	return all;
}

/* Gauges of what waits are counted every few seconds, and a connection may be busy at any time. */
static void
want_all_told(struct suite *s, const char *service)
{
	int64_t end = kit_deadline(10000);
	bool told[COUNT_OF(wanted)] = { false };

	while (!all_is_told(s, service, told) && kit_goes_on(end))
		continue;
	for (size_t i = 0; i < COUNT_OF(wanted); i++)
		cr_expect(told[i], "%s does not tell %s", service, wanted[i].series);
}

static void
promtool_is_content(struct suite *s, const char *service)
{
	static const char *const args[] = { "/usr/bin/promtool", "check", "metrics", NULL };
	int status = 0;
	const char *said = kit_run_args(NULL, args, page_of(s, service), &status);

	cr_expect(status == 0 && said[0] == '\0', "%s: %s", service, status == 127 ? "run deploy/dev/install metrics" : said);
}

/* ---- strangers */

static const char *
strange_method(int i)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "BREW" };

	return i % 7 < 6 ? methods[i % 7] : kit_print("ZQ%d", rand() % 1000);
}

static const char *
strange_path(int i)
{
	static const char *const starts[] = { "", "/api/orders", "/api/payments", "/api", "/internal", "/docs" };

	return kit_print("%s/zq%d/%x?zq%d=%d", starts[i % 6], rand(), (unsigned)rand(), i, rand());
}

static void
strangers_ask(struct suite *s, const char *service)
{
	const char *url = suite_url(s, service);

	for (int i = 0; i < STRANGE; i++) {
		const char *method = strange_method(i), *path = strange_path(i);
		int status = kit_http(s, method, kit_print("%s%s", url, path), NULL).status;

		cr_assert(status >= 400 && status < 500, "%s answers %d to %s %s", service, status, method, path);
	}
}

static void
strangers_add_little(struct suite *s, const char *service)
{
	int before = series_in(page_of(s, service)), after;

	strangers_ask(s, service);
	after = series_in(page_of(s, service));
	cr_expect_leq(after, before + MORE_MAX, "%s: %d series became %d", service, before, after);
	cr_expect_lt(after, SERIES_MAX, "%s: %d series", service, after);
	cr_expect_null(strstr(page_of(s, service), "zq"), "%s tells what a stranger has sent", service);
	cr_expect_null(strstr(page_of(s, service), "ZQ"), "%s tells what a stranger has sent", service);
}

Test(metrics, are_complete_and_well_formed_behind_the_story_and_strangers_add_no_series, .timeout = 120)
{
	struct suite *s = suite_start(0);
	struct play *p = play_new(s, 1);

	p->listening = true;
	play_all(p);
	for (size_t i = 0; i < COUNT_OF(services); i++)
		want_all_told(s, services[i]);
	for (size_t i = 0; i < COUNT_OF(services); i++)
		strangers_add_little(s, services[i]);
	for (size_t i = 0; i < COUNT_OF(services); i++)
		promtool_is_content(s, services[i]);
	play_close(&p);
	suite_close(&s);
}

/* ---- a provider that is gone */

enum { ORDERS = 10, PIECE_KRW = 100 };

/* The value of one series, -1 when it is not told. */
static int64_t
told_by(struct suite *s, const char *service, const char *series)
{
	const char *at = strstr(page_of(s, service), kit_print("\n%s ", series));

	return at == NULL ? -1 : strtoll(at + strlen(series) + 2, NULL, 10);
}

static bool
breaker_is(struct suite *s, int open)
{
	return told_by(s, "messaging", "dure_provider_breaker_open{provider=\"sens\"}") == open;
}

/* Jobs pause between their tries; the clock is moved past the pauses. */
static bool
all_notices_are_sent(struct play *p)
{
	suite_clock(p->suite, 30);
	return strcmp(suite_sql(p->suite, "messaging", "SELECT count(*) FROM message WHERE phone = '%s' "
	    "AND template = 'orderPlaced' AND status = 'delivered'", p->buyer.phone), kit_print("%d", ORDERS)) == 0;
}

Test(metrics, a_dead_provider_is_seen_orders_go_on_and_what_waited_is_sent, .timeout = 120)
{
	struct suite *s = play_suite(SUITE_NOT_CHECKED);      /* what the provider knew is gone with it */
	const char *product = many_offer(s, PIECE_KRW, ORDERS);
	struct play *p = play_new(s, 1);

	many_settle(p, product, ORDERS * PIECE_KRW);
	cr_assert_eq(suite_stop(s, "sandbox"), 0);
	for (int n = 0; n < ORDERS - 1; n++)
		(void)many_place(p, n);
	kit_until(20000, breaker_is(s, 1));
	(void)many_place(p, ORDERS - 1);
	cr_assert_gt(told_by(s, "messaging", "dure_provider_calls_total{provider=\"sens\",outcome=\"not_sent\"}"), 0);
	suite_restart(s, "sandbox");
	suite_wait_ready(s, "sandbox");
	kit_until(40000, all_notices_are_sent(p));
	kit_until(10000, breaker_is(s, 0));
	play_close(&p);
	suite_close(&s);
}
