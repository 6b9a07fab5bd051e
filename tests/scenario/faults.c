/* A service dies at a named point of its code, is started again, and the client repeats its call with the same key:
 * the outcome is the one of a play in which nobody dies. One capture, one order, one row of each ledger, each event,
 * each alarm and each notice once. (billing and commerce die at each of their points in points.c.) */
#include <criterion/criterion.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

/* From this step on the service may die. */
struct fault { const char *service, *point, *from; };

static const struct fault auth[] = {
	{ "auth", "http.before_commit", "create token" },
	{ "auth", "signup.code_written", "send code" },
	{ "auth", "db.after_commit", "send code" },
	{ "auth", "signup.finished", "join" },
	{ "auth", "http.after_commit", "join" },
	{ "auth", "relay.numbered", "join" },
	{ "auth", "relay.published", "join" },
	{ "auth", "refresh.committed", "refresh" },
	{ "auth", "logout.committed", "log out" },
};

static const struct fault messaging[] = {
	{ "messaging", "inbox.handled", "send code" },
	{ "messaging", "message.before_send", "send code" },
	{ "messaging", "message.after_send", "send code" },
	{ "messaging", "inbox.committed", "order" },
	{ "messaging", "jobs.claimed", "order" },
	{ "messaging", "message.before_send", "order" },
	{ "messaging", "provider.after_send", "second order" },
	{ "messaging", "message.before_send", "shipped" },     /* another notice went to this phone a moment ago */
	{ "messaging", "message.after_send", "shipped" },
	{ "messaging", "message.checked", "shipped" },
	{ "messaging", "jobs.done_before_commit", "shipped" },
};

static const struct fault notification[] = {
	{ "notification", "inbox.handled", "confirm payment" },
	{ "notification", "inbox.committed", "order" },
	{ "notification", "relay.numbered", "second order" },
	{ "notification", "relay.published", "preparing" },
	{ "notification", "db.before_commit", "shipped" },
};

static void
play_with(struct suite *s, const struct fault *fault, int number)
{
	struct play *p = play_new(s, number);

	p->patient = true;
	for (size_t i = 0; i < n_play_steps; i++) {
		if (strcmp(play_steps[i].name, fault->from) == 0) {
			suite_fault(s, fault->service, kit_print("%s=kill", fault->point));
			p->mortal = fault->service;
		}
		play_steps[i].play(p);
	}
	revive(p);
	cr_assert_eq(p->deaths, 1, "%s never came to %s", fault->service, fault->point);
	cr_assert_str_eq(play_outcome(p), play_good_outcome, "after %s died at %s:\n%s", fault->service, fault->point,
	    play_outcome(p));
	play_close(&p);
}

static void
play_each(const struct fault *faults, size_t n)
{
	struct suite *s = play_suite(0);

	for (size_t i = 0; i < n; i++) {
		fprintf(stderr, "%s dies at %s\n", faults[i].service, faults[i].point);
		play_with(s, &faults[i], (int)i);
	}
	suite_close(&s);
}

#define DIES(service) \
	Test(faults, service##_dies_at_any_point_and_the_client_repeats, .timeout = 300) \
	{ \
		play_each(service, COUNT_OF(service)); \
	}

DIES(auth)
DIES(messaging)
DIES(notification)

/* ---- a capture whose answer nobody heard */

static const char *
status_of(struct play *p)
{
	return suite_sql(p->suite, "billing", "SELECT status FROM payment WHERE id = '%s'", p->payment);
}

static void
dies_and_returns(struct suite *s)
{
	kit_until(20000, suite_ended(s, "billing"));
	suite_restart(s, "billing");
	suite_wait_ready(s, "billing");
}

/* Toss has captured when billing dies, its webhook does not come, nor does the buyer. The janitor asks, dies on it, asks
 * again. */
Test(faults, the_janitor_finds_a_capture_whose_answer_was_lost, .timeout = 120)
{
	struct suite *s = suite_start(0);
	struct play *p = play_new(s, 1);
	const char *path, *json;

	want(200, kit_http(s, "PUT", kit_print("%s/sandbox/switches", suite_url(s, "sandbox")), "{\"toss_webhook_url\":\"\"}"));
	play_until(p, "intend payment");
	p->payment_key = agree(p, p->payment_order, CHARGED_KRW);
	path = kit_print("/api/payments/%s/confirm", p->payment);
	json = kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amountKrw\":%d}", p->payment_key, p->payment_order,
	    CHARGED_KRW);
	suite_fault(s, "billing", "payment.after_capture=kill,payment.resolved=kill");
	want_problem(502, "upstream.lost", kit_http(s, "POST", path, json, as(&p->buyer), key(p, "confirm")));
	dies_and_returns(s);
	cr_assert_str_eq(status_of(p), "confirming");
	suite_clock(s, 31);                     /* the janitor looks half a minute after the confirmation has begun */
	dies_and_returns(s);
	suite_fault(s, "billing", "");
	suite_clock(s, 61);                     /* over the lease of the one that died */
	kit_until(20000, strcmp(status_of(p), "paid") == 0);
	points_arrive(p);
	want(200, kit_http(s, "POST", path, json, as(&p->buyer), key(p, "confirm")));
	play_close(&p);
	suite_close(&s);
}
