/* Programs outside ask over HTTP: the same events, a cursor as a text, waiting. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/clock.h"
#include "tests/integration/outside/stand.h"

enum { WAITERS = 2 };

static struct stand s;

static void
open_stand(void)
{
	stand_open(&s, WAITERS);
	auth_knows_key();
}

static void
close_stand(void)
{
	stand_close(&s);
}

TestSuite(outside_feed, .init = open_stand, .fini = close_stand, .timeout = 60);

static const char *
cursor_in(struct kit_reply r)
{
	cr_assert_eq(r.status, 200, "%s", r.body);
	return kit_json_text(r.body, "nextCursor");
}

Test(outside_feed, an_event_comes_as_json_with_its_payload)
{
	emit(&s, "payment.settled", true, COMPANY, 42);
	struct kit_reply r = feed(&s, "?publisher=billing", GOOD);
	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_assert_eq(kit_json_length(r.body, "items"), 1);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.type"), "payment.settled");
	cr_assert_str_eq(kit_json_text(r.body, "items.0.tenant"), COMPANY);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.publisher"), "billing");
	cr_assert_str_eq(kit_json_text(r.body, "items.0.payload"), "{\"n\":42}");
	cr_assert_str_eq(kit_json_text(r.body, "more"), "false");
}

Test(outside_feed, is_for_who_has_a_key_and_its_secret)
{
	static const char *const bad[] = { NULL, "Authorization: Bearer " KEY "." SECRET, "Authorization: Dure-Event-Key",
		"Authorization: Dure-Event-Key " KEY, "Authorization: Dure-Event-Key " KEY ".",
		"Authorization: Dure-Event-Key " KEY "." NEW_SECRET,
		"Authorization: Dure-Event-Key " OTHER_KEY "." SECRET, "Authorization: Dure-Event-Key x." SECRET };

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct kit_reply r = feed(&s, "", bad[i]);
		cr_assert_eq(r.status, 401, "%s", bad[i]);
		cr_assert_str_eq(r.slug, "event_key.denied");
	}
	auth_is_ill(true);
	kit_until(1000, feed(&s, "", GOOD).status == 503);
	cr_assert_gt(atoi(kit_header(&(struct kit_reply){ .head = feed(&s, "", GOOD).head }, "Retry-After")), 0);
}

Test(outside_feed, goes_on_where_the_cursor_says_and_filters_by_type)
{
	emit(&s, "payment.settled", true, COMPANY, 1);
	emit(&s, "payment.failed", true, COMPANY, 2);
	const char *first = cursor_in(feed(&s, "?limit=1", GOOD));
	struct kit_reply rest = feed(&s, kit_print("?after=%s", first), GOOD);
	cr_assert_eq(kit_json_length(rest.body, "items"), 1);
	emit(&s, "payment.settled", true, COMPANY, 3);
	rest = feed(&s, kit_print("?after=%s&types=payment.failed,payment.refunded", cursor_in(rest)), GOOD);
	cr_assert_eq(kit_json_length(rest.body, "items"), 0);
	cr_assert_eq(kit_json_length(feed(&s, kit_print("?after=%s", cursor_in(rest)), GOOD).body, "items"), 0,
	    "what the filter did not let through was looked at");
	cr_assert_eq(kit_json_length(feed(&s, "", GOOD).body, "items"), 3);
}

Test(outside_feed, a_cursor_that_was_not_given_here_is_refused)
{
	const char *good = cursor_in(feed(&s, "", GOOD));
	char *cut = strdup(good), *changed = strdup(good);
	int64_t zero[OUTBOX_PARTITIONS] = { 0 };

	cut[strlen(cut) - 2] = '\0';
	changed[5] = changed[5] == 'A' ? 'B' : 'A';
	const char *const bad[] = { cut, changed, "AAAA", "x", outside_cursor_print(s.mem, "commerce", zero).at };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct kit_reply r = feed(&s, kit_print("?after=%s", bad[i]), GOOD);
		cr_assert_eq(r.status, 400, "%s", bad[i]);
		cr_assert_str_eq(kit_json_text(r.body, "errors.0.pointer"), "/query/after");
	}
	cr_assert_eq(feed(&s, "?publisher=commerce", GOOD).status, 400);
	cr_assert_eq(feed(&s, "?wait=31", GOOD).status, 400);
	cr_assert_eq(feed(&s, "?since=yesterday", GOOD).status, 400);
	free(cut);
	free(changed);
}

Test(outside_feed, an_expired_cursor_is_410_and_the_oldest_one_works)
{
	const char *start = cursor_in(feed(&s, "", GOOD));

	emit_many(&s, "payment.settled", true, 2, 10);
	(void)kit_db_sql(s.db, "DELETE FROM outbox WHERE seq <= 4; UPDATE outbox_head SET oldest_seq = 5 WHERE partition = 2");
	struct kit_reply r = feed(&s, kit_print("?after=%s", start), GOOD);
	cr_assert_eq(r.status, 410);
	cr_assert_str_eq(r.slug, "event.cursor_expired");
	r = feed(&s, kit_print("?after=%s", kit_header(&r, "Dure-Oldest-Cursor")), GOOD);
	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_assert_eq(kit_json_length(r.body, "items"), 6);
	cr_assert_eq(kit_json_i64(r.body, "items.0.seq"), 5);
}

/* ---- waiting */

struct waiting { pthread_t thread; const char *query; struct kit_reply reply; int64_t ms; };

static void *
wait_run(void *arg)
{
	struct waiting *w = arg;
	int64_t began_us = clock_mono_us();

	w->reply = feed(&s, w->query, GOOD);
	w->ms = (clock_mono_us() - began_us) / 1000;
	return NULL;
}

static void
begin(struct waiting *w, const char *query)
{
	w->query = query;
	SURE(pthread_create(&w->thread, NULL, wait_run, w) == 0);
}

static void
end(struct waiting *w)
{
	SURE(pthread_join(w->thread, NULL) == 0);
}

/* So many wait: their sockets are open and none is answered. */
static void
until_waiting(int n)
{
	kit_until(5000, kit_metric("dure_outside_waiting") == n);
}

Test(outside_feed, one_who_waits_hears_the_next_event_at_once_and_nothing_when_none_comes)
{
	struct waiting w, none;

	begin(&w, "?wait=20");
	until_waiting(1);
	emit(&s, "user.joined", false, COMPANY, 1);
	begin(&none, "?wait=1&types=payment.failed");
	until_waiting(2);
	int64_t began_us = clock_mono_us();
	emit(&s, "payment.settled", true, COMPANY, 2);
	end(&w);
	cr_assert_lt(clock_mono_us() - began_us, 1000000);
	cr_assert_eq(kit_json_length(w.reply.body, "items"), 1, "%s", w.reply.body);
	end(&none);
	cr_assert_eq(none.reply.status, 200);
	cr_assert_eq(kit_json_length(none.reply.body, "items"), 0);
	cr_assert_geq(none.ms, 900);
	cr_assert_lt(none.ms, 3000);
}

Test(outside_feed, only_so_many_wait_and_the_others_are_told_when_to_come_back)
{
	struct waiting w[WAITERS];

	for (int i = 0; i < WAITERS; i++)
		begin(&w[i], "?wait=20");
	until_waiting(WAITERS);
	struct kit_reply r = feed(&s, "?wait=20", GOOD);
	cr_assert_eq(r.status, 503);
	cr_assert_str_eq(r.slug, "event.too_many_wait");
	cr_assert_str_eq(kit_header(&r, "Retry-After"), "5");
	cr_assert_eq(feed(&s, "", GOOD).status, 200, "who does not wait is answered");
	emit(&s, "payment.settled", true, COMPANY, 1);
	for (int i = 0; i < WAITERS; i++) {
		end(&w[i]);
		cr_assert_eq(kit_json_length(w[i].reply.body, "items"), 1);
	}
	until_waiting(0);
}

Test(outside_feed, a_key_revoked_while_its_program_waits_gets_nothing_more)
{
	struct waiting w;

	begin(&w, "?wait=20");
	until_waiting(1);
	auth_says(KEY, NULL);
	kit_until(1000, feed(&s, "", GOOD).status == 401);
	emit(&s, "payment.settled", true, COMPANY, 1);
	end(&w);
	cr_assert_eq(w.reply.status, 401);
}

Test(outside_feed, nobody_waits_for_a_service_that_ends)
{
	struct waiting w;

	begin(&w, "?wait=20");
	until_waiting(1);
	__atomic_store_n(&s.app.draining, true, __ATOMIC_RELEASE);
	end(&w);
	cr_assert_eq(w.reply.status, 200);
	cr_assert_lt(w.ms, 3000);
}
