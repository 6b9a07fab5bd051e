/* One trace id from the caller's header to the last call outside: over all logs by one search. */
#include <criterion/criterion.h>
#include <string.h>
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
	for (size_t i = 0; i < n; i++) {
		printf("  %s %s\n", wanted[i].service, wanted[i].event);
		kit_until(PATIENCE * PROMISED_MS, is_logged(s, &wanted[i], trace));
	}
}

static const char *
parent(const char *trace)
{
	return kit_print("traceparent: 00-%s-00f067aa0ba902b7-01", trace);
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
	cr_assert_not_null(strstr(peer_last(receiver), kit_print("\r\ntraceparent: 00-%s-", trace)));
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

Test(traces, a_charge_and_a_notice_are_found_by_their_ids_from_the_gateway_to_the_last_call_outside, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1), *other = play_new(s, 2);

	p->listening = true;
	play_until(p, "offer");
	follow_charge(p);
	follow_notice(other);
	play_close(&other);
	play_close(&p);
	suite_close(&s);
}
