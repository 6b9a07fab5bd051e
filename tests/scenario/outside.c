/* A program outside hears of payments through the whole suite: its key from an operator, the feed through the gateway,
 * the library at the publisher's own doors; and what an operator does about parked events. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/scenario/customer/customer.h"

enum { FIRST_KRW = 1000, REVOKED_MS = 1000 };

struct outsider { struct play *p; const char *key, *secret; };

static void
get_key(struct outsider *o)
{
	struct kit_reply r = want(201, kit_http(o->p->suite, "POST", "/api/event-keys",
	    "{\"name\":\"ledger\",\"types\":[\"payment.settled\"]}", as(&o->p->seller)));

	o->key = text_in(r, "keyId");
	o->secret = text_in(r, "secret");
	want_problem(401, "http.sign_in", kit_http(o->p->suite, "GET", "/api/event-keys", NULL));
	want_problem(403, "http.forbidden", kit_http(o->p->suite, "GET", "/api/event-keys", NULL, as(&o->p->buyer)));
}

static struct kit_reply
feed(const struct outsider *o, const char *query)
{
	return kit_http(o->p->suite, "GET", kit_print("/api/events%s", query), NULL,
	    kit_print("Authorization: Dure-Event-Key %s.%s", o->key, o->secret));
}

/* Before anything was paid, then the payment, its fields those of the documents. */
static const char *
check_feed(struct outsider *o)
{
	static const char *const publishers[] = { "auth", "billing", "commerce", "notification" };
	struct kit_reply r = want(200, feed(o, "?publisher=billing"));

	cr_assert_eq(kit_json_length(r.body, "items"), 0);
	charge(o->p, FIRST_KRW, "first");
	r = want(200, feed(o, kit_print("?after=%s&wait=10", text_in(r, "nextCursor"))));
	cr_assert_eq(kit_json_length(r.body, "items"), 1);
	cr_assert_str_eq(text_in(r, "items.0.type"), "payment.settled");
	cr_assert_eq(kit_json_i64(r.body, "items.0.payload.amountKrw"), FIRST_KRW);
	cr_assert_str_eq(text_in(r, "items.0.tenant"), o->p->buyer.company);
	for (size_t i = 0; i < COUNT_OF(publishers); i++)
		want(200, feed(o, kit_print("?publisher=%s", publishers[i])));
	want_problem(400, "request.invalid", feed(o, "?publisher=messaging"));
	want_problem(403, "event_key.out_of_scope", feed(o, "?types=payment.failed"));
	return text_in(r, "nextCursor");
}

struct waiting { struct outsider *o; const char *after; struct kit_reply reply; int64_t heard_us; };

static void *
wait_for_payment(void *arg)
{
	struct waiting *w = arg;

	w->reply = feed(w->o, kit_print("?after=%s&wait=20", w->after));
	w->heard_us = clock_mono_us();
	return NULL;
}

/* A request that waits is answered when the payment is settled. */
static void
check_waiting(struct outsider *o, const char *after)
{
	struct waiting w = { .o = o, .after = after };
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, wait_for_payment, &w), 0);
	kit_until(PATIENCE * PROMISED_MS, strstr(want(200, kit_http(o->p->suite, "GET", kit_print("http://127.0.0.1:%d/metrics",
	    suite_port(o->p->suite, "billing", "manage")), NULL)).body, "dure_outside_waiting 1\n") != NULL);
	charge(o->p, FIRST_KRW, "second");
	int64_t settled_us = clock_mono_us();
	cr_assert_eq(pthread_join(thread, NULL), 0);
	want(200, w.reply);
	cr_assert_eq(kit_json_length(w.reply.body, "items"), 1);
	cr_assert_lt(w.heard_us - settled_us, PROMISED_MS * 1000);
	printf("  %lld ms from the confirmation's answer to the feed's\n", (long long)(w.heard_us - settled_us) / 1000);
}

static void
check_revoked(struct outsider *o)
{
	want(204, kit_http(o->p->suite, "DELETE", kit_print("/api/event-keys/%s", o->key), NULL, as(&o->p->seller)));
	int64_t began_us = clock_mono_us();
	kit_until(REVOKED_MS, feed(o, "").status == 401);
	printf("  %lld ms until the revoked key was refused\n", (long long)(clock_mono_us() - began_us) / 1000);
}

Test(outside, a_program_hears_of_payments_through_the_gateway_until_its_key_is_revoked, .timeout = 90)
{
	struct suite *s = play_suite(0);
	struct outsider o = { .p = play_new(s, 1) };

	seller_enter(o.p);
	play_until(o.p, "log out");
	get_key(&o);
	check_waiting(&o, check_feed(&o));
	suite_kill(s, "auth", SIGSTOP);
	kit_until(PATIENCE * PROMISED_MS, feed(&o, "").status == 503);
	suite_kill(s, "auth", SIGCONT);
	kit_until(PATIENCE * PROMISED_MS, feed(&o, "").status == 200);
	check_revoked(&o);
	play_close(&o.p);
	suite_close(&s);
}

/* ---- parked events, as an operator sees them */

#define PARKED "01926f00-0000-7000-8000-0000000000e1"

Test(outside, an_operator_lists_shows_and_redrives_what_was_parked, .timeout = 60)
{
	struct suite *s = play_suite(0);
	const char *said;
	int status = 0;

	(void)suite_sql(s, "notification", "INSERT INTO inbox_parked (event_id, publisher, partition, seq, key, type, envelope, "
	    "reason, tries, parked_at) VALUES ('" PARKED "', 'commerce', 3, 1, '" PARKED "', 'order.placed', '', "
	    "'RULE planted: by a test', 8, '2026-01-02T03:04:05Z')");
	said = suite_run(s, NULL, "notification", "parked", "list");
	cr_assert_not_null(strstr(said, PARKED));
	said = suite_run(s, NULL, "notification", "parked", "show", PARKED);
	cr_assert_not_null(strstr(said, "RULE planted: by a test"));
	cr_assert_not_null(strstr(said, "commerce, partition 3, seq 1"));
	said = suite_run(s, NULL, "notification", "parked", "redrive", PARKED);
	cr_assert_not_null(strstr(said, "would redrive the 1 parked"));
	cr_assert_not_null(strstr(said, "add --yes"));
	cr_assert_str_eq(suite_sql(s, "notification", "SELECT count(*), count(redrive_at) FROM inbox_parked"), "1|0");
	kit_until(PATIENCE * PROMISED_MS, strstr(kit_http(s, "GET", kit_print("http://127.0.0.1:%d/metrics",
	    suite_port(s, "notification", "manage")), NULL).body, "dure_inbox_parked{publisher=\"commerce\"} 1\n") != NULL);
	(void)suite_run(s, NULL, "notification", "parked", "redrive", PARKED, "--yes");
	kit_until(PATIENCE * PROMISED_MS, strcmp(suite_sql(s, "notification", "SELECT count(*) FROM inbox_parked"), "0") == 0);
	said = suite_run(s, &status, "notification", "parked", "show", PARKED);
	cr_assert_eq(status, 1);
	cr_assert_not_null(strstr(said, "no parked"));
	suite_close(&s);
}
