/* One trace id from the caller's header to the last call outside: over all logs by one search, and as spans that hang below
 * each other in the collector. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/trace/trace.h"
#include "tests/kit/collector.h"
#include "tests/kit/peer.h"
#include "tests/scenario/customer/customer.h"

static bool
welcome(struct peer *p, int fd, int number, const char *request)
{
	(void)p;
	(void)number;
	(void)request;
	peer_say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
	return true;
}

/* The lines of one trace begin alike but for their time: {"time":…,"level":…,"service":…,"event":…,"trace":… */
struct logged { const char *service, *event; };

static bool
is_logged(struct suite *s, const struct logged *l, const char *trace)
{
	return suite_log_contains(s, l->service, kit_print("\"service\":\"%s\",\"event\":\"%s\",\"trace\":\"%s\"", l->service,
	    l->event, trace));
}

static void
expect_logged(struct suite *s, const char *trace, const struct logged *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kit_until(PATIENCE * PROMISED_MS, is_logged(s, &wanted[i], trace));
}

/* What the caller's own span is. */
#define CALLER "00f067aa0ba902b7"

static const char *
parent(const char *trace)
{
	return kit_print("traceparent: 00-%s-" CALLER "-01", trace);
}

/* One span, and which of the list it hangs below; −1: the caller's. */
struct expected { const char *service, *name; int kind, below; };

/* Those of one trace come from several services, each in its own time. */
static void
expect_spans(const char *trace, const struct expected *wanted, struct collected_span *got, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct expected *w = &wanted[i];

		kit_until(PATIENCE * PROMISED_MS, collector_find(trace, w->service, w->name, &got[i]));
		cr_assert_eq(got[i].kind, w->kind, "%s %s", w->service, w->name);
		cr_assert_str_eq(got[i].parent, w->below < 0 ? CALLER : got[w->below].id, "%s %s", w->service, w->name);
		cr_assert_not(got[i].failed, "%s %s", w->service, w->name);
		cr_assert(w->below < 0 || got[i].began_ns + 1000000 >= got[w->below].began_ns, "%s began too early", w->name);
	}
}

static void
make_webhook(struct play *p, const struct peer *receiver)
{
	want(201, kit_http(p->suite, "POST", "/api/webhooks", kit_print("{\"url\":\"http://%s/\",\"types\":[\"payment.settled\"]}",
	    peer_address(receiver)), as(&p->seller)));
}

static void
confirm_charge(struct play *p, const char *trace)
{
	struct kit_reply r = want(201, kit_http(p->suite, "POST", "/api/payments", "{\"amountKrw\":50000}", as(&p->buyer),
	    key(p, "charge")));
	const char *payment = text_in(r, "id"), *order = text_in(r, "orderId");

	r = want(200, kit_http(p->suite, "POST", kit_print("/api/payments/%s/confirm", payment),
	    kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amountKrw\":50000}", agree(p, order, 50000), order),
	    as(&p->buyer), key(p, "confirm"), parent(trace)));
	cr_assert_eq(strncmp(kit_header(&r, "traceparent") + 3, trace, 32), 0, "the answer names the trace");
}

#define CONFIRM "POST /api/payments/{paymentId}/confirm"

static void
check_charge_spans(const char *trace, struct peer *receiver)
{
	static const struct expected wanted[] = {
		{ "gateway", CONFIRM, SPAN_SERVER, -1 },
		{ "gateway", "POST billing", SPAN_CLIENT, 0 },
		{ "billing", CONFIRM, SPAN_SERVER, 1 },
		{ "billing", "POST toss", SPAN_CLIENT, 2 },
		{ "commerce", "process payment.settled", SPAN_CONSUMER, 2 },
		{ "notification", "process payment.settled", SPAN_CONSUMER, 2 },
		{ "notification", "job webhook_send", SPAN_INTERNAL, 5 },
		{ "notification", "POST stranger", SPAN_CLIENT, 6 },
		{ "notification", "process points.credited", SPAN_CONSUMER, 4 },
	};
	struct collected_span got[COUNT_OF(wanted)];

	expect_spans(trace, wanted, got, COUNT_OF(wanted));
	cr_assert_str_eq(collected_value(&got[0], "http.route"), "/api/payments/{paymentId}/confirm");
	cr_assert_eq(strncmp(collected_value(&got[0], "url.path"), "/api/payments/0", 15), 0);
	cr_assert_str_eq(collected_value(&got[2], "http.response.status_code"), "200");
	cr_assert_str_eq(collected_value(&got[3], "server.address"), "127.0.0.1");
	cr_assert_str_eq(collected_value(&got[3], "url.path"), "/v1/payments/confirm");
	cr_assert_str_eq(collected_value(&got[4], "messaging.destination.name"), "payment.settled");
	cr_assert_null(collected_value(&got[7], "url.path"), "the address of a receiver may be a secret");
	cr_assert_not_null(strstr(peer_last(receiver), kit_print("\r\ntraceparent: 00-%s-%s-01\r\n", trace, got[7].id)));
}

static void
follow_charge(struct play *p)
{
	static const char trace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
	static const struct logged wanted[] = { { "gateway", "http.request" }, { "billing", "http.request" },
		{ "billing", "provider.call" }, { "commerce", "inbox.event" }, { "notification", "inbox.event" },
		{ "notification", "job.done" }, { "notification", "webhook.sent" }, { "notification", "socket.pushed" } };
	struct peer *receiver = peer_open(welcome);

	make_webhook(p, receiver);
	confirm_charge(p, trace);
	expect_logged(p->suite, trace, wanted, COUNT_OF(wanted));
	cr_assert_str_eq(suite_sql(p->suite, "billing", "SELECT type FROM outbox WHERE traceparent LIKE '00-%s-%%-01'", trace),
	    "payment.settled");
	check_charge_spans(trace, receiver);
	peer_close(&receiver);
}

/* The code that proves a phone goes out by messaging, from an event by way of a job. */
static void
follow_notice(struct play *p)
{
	static const char trace[] = "0af7651916cd43dd8448eb211c80319c";
	static const struct logged wanted[] = { { "gateway", "http.request" }, { "auth", "http.request" },
		{ "auth", "verification.requested" }, { "messaging", "inbox.event" }, { "messaging", "provider.call" },
		{ "messaging", "message.sent" }, { "messaging", "job.done" } };

	play_until(p, "create token");
	want(202, kit_http(p->suite, "POST", "/api/join/check", kit_print("{\"token\":\"%s\"}", p->signup_token),
	    parent(trace)));
	expect_logged(p->suite, trace, wanted, COUNT_OF(wanted));
}

static bool
are_waiting(struct suite *s)
{
	struct kit_reply r = want(200, kit_http(s, "GET", kit_print("http://127.0.0.1:%d/metrics", suite_port(s, "gateway",
	    "manage")), NULL));

	return strstr(r.body, "\ndure_trace_spans_waiting 0\n") == NULL;
}

/* What a collector that is away misses is kept for it; a caller that wants nothing recorded is obeyed. */
static void
check_outage(struct play *p)
{
	static const char kept[] = "11111111111111111111111111111111", unwanted[] = "22222222222222222222222222222222";
	struct collected_span got;
	int port = collector_port();

	collector_close();
	want(200, kit_http(p->suite, "GET", "/api/products?limit=1", NULL, as(&p->seller),
	    kit_print("traceparent: 00-%s-" CALLER "-00", unwanted)));
	want(200, kit_http(p->suite, "GET", "/api/products?limit=1", NULL, as(&p->seller), parent(kept)));
	kit_until(PATIENCE * PROMISED_MS, suite_log_contains(p->suite, "gateway", "otlp.away"));
	want(200, kit_http(p->suite, "GET", "/api/products?limit=1", NULL, as(&p->seller)));
	cr_assert(are_waiting(p->suite));
	collector_open(port);
	kit_until(PATIENCE * PROMISED_MS, collector_find(kept, "gateway", "GET /api/products", &got) &&
	    collector_find(kept, "commerce", "GET /api/products", &got));
	kit_until(PATIENCE * PROMISED_MS, !are_waiting(p->suite));
	cr_assert_not(collector_holds(unwanted));
	cr_assert(suite_log_contains(p->suite, "commerce", unwanted), "its lines have the id all the same");
}

Test(traces, a_charge_and_a_notice_are_found_from_the_gateway_to_the_last_call_outside_in_logs_and_spans, .timeout = 120)
{
	struct play *p, *other;
	struct suite *s;

	collector_open(0);
	s = play_suite(0);
	p = play_new(s, 1);
	other = play_new(s, 2);
	p->listening = true;
	play_until(p, "offer");
	follow_charge(p);
	follow_notice(other);
	check_outage(p);
	play_close(&other);
	play_close(&p);
	suite_close(&s);
	collector_close();
	collector_forget();
}
