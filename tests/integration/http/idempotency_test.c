/* One effect and one answer per key, whatever is sent how often. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/db/db.h"
#include "common/jobs/jobs.h"
#include "tests/integration/http/world.h"
#include "tests/kit/kit.h"

static struct world w;
static const struct kit_database *db;
static struct heard first, second;

static void
setup(void)
{
	db = kit_db_common("commerce");
	(void)kit_db_sql(db, "CREATE TABLE effect (id uuid PRIMARY KEY, name text NOT NULL);"
	    "GRANT ALL ON effect TO PUBLIC");
	world_open(&w, db->url, 120);
}

static void
teardown(void)
{
	world_close(&w);
}

TestSuite(idempotency, .init = setup, .fini = teardown, .timeout = 120);

static int
effects(void)
{
	return atoi(kit_db_sql(db, "SELECT count(*) FROM effect"));
}

static void
post(const char *target, const char *key, const char *body, struct heard *out)
{
	char line[256];

	(void)snprintf(line, sizeof line, "Idempotency-Key: %s\r\n", key);
	ask(&w, "POST", target, line, body, out);
}

static void
code_is(const struct heard *h, int status, const char *slug)
{
	char code[128];

	(void)snprintf(code, sizeof code, "\"code\":\"%s\"", slug);
	cr_expect_eq(h->status, status, "%d %s", h->status, h->body);
	cr_expect_not_null(strstr(h->body, code), "%s", h->body);
}

static void
same_answer(const struct heard *a, const struct heard *b)
{
	char location[512];

	cr_assert_eq(a->status, b->status);
	cr_assert_str_eq(a->body, b->body);
	(void)snprintf(location, sizeof location, "%s", header_in(a, "Location"));
	cr_assert_str_eq(location, header_in(b, "Location"));
	cr_assert_str_eq(header_in(b, "Content-Type"), a->status < 400 ? "application/json" : "application/problem+json");
}

Test(idempotency, a_call_that_needs_a_key_says_so)
{
	ask(&w, "POST", "/api/orders", NULL, "{\"name\":\"a\"}", &first);
	code_is(&first, 400, "idempotency.key_missing");
	post("/api/orders", "a b", "{\"name\":\"a\"}", &first);
	code_is(&first, 400, "idempotency.key_invalid");
	cr_assert_eq(effects(), 0);
}

Test(idempotency, a_repetition_gets_the_same_bytes_and_no_second_effect)
{
	post("/api/orders", "k1", "{\"name\":\"a\"}", &first);
	cr_assert_eq(first.status, 201, "%s", first.body);
	cr_assert_str_eq(header_in(&first, "Location"), "/api/things/a");
	cr_assert_str_eq(header_in(&first, "Idempotent-Replayed"), "");
	post("/api/orders", "\"k1\"", "{\"name\":\"a\"}", &second);
	same_answer(&first, &second);
	cr_assert_str_eq(header_in(&second, "Idempotent-Replayed"), "true");
	cr_assert_str_eq(header_in(&second, "ETag"), "\"v1\"");
	cr_assert_eq(effects(), 1);
}

Test(idempotency, the_same_key_for_something_else_is_422)
{
	post("/api/orders", "k1", "{\"name\":\"a\"}", &first);
	post("/api/orders", "k1", "{\"name\":\"b\"}", &second);
	code_is(&second, 422, "idempotency.other_body");
	post("/api/orders?dry=true", "k1", "{\"name\":\"a\"}", &second);
	code_is(&second, 422, "idempotency.other_body");
	cr_assert_eq(effects(), 1);
}

Test(idempotency, another_caller_has_keys_of_its_own)
{
	post("/api/orders", "k1", "{\"name\":\"a\"}", &first);
	ask(&w, "POST", "/api/orders", "Idempotency-Key: k1\r\nDure-Identity: staff\r\n", "{\"name\":\"b\"}", &second);
	cr_assert_eq(second.status, 201);
	cr_assert_eq(effects(), 2);
}

Test(idempotency, a_refusal_stores_nothing)
{
	post("/api/orders", "k1", "{\"name\":\"refused\"}", &first);
	code_is(&first, 422, "order.refused");
	cr_assert_eq(effects(), 0);
	post("/api/orders", "k1", "{\"name\":\"a\"}", &second);
	cr_assert_eq(second.status, 201);
	cr_assert_eq(effects(), 1);
}

Test(idempotency, a_serialization_failure_runs_the_step_again_from_a_clean_state)
{
	post("/api/again", "k1", "{\"name\":\"a\"}", &first);
	cr_assert_eq(first.status, 201, "%s", first.body);
	cr_assert_eq(runs_of_again, 2);
	cr_assert_eq(effects(), 1);
	cr_assert_str_eq(header_in(&first, "X-Run"), "2");
	post("/api/again", "k1", "{\"name\":\"a\"}", &second);
	same_answer(&first, &second);
	cr_assert_eq(effects(), 1);
}

struct one { const char *target; struct heard *h; };

static void *
post_one(void *arg)
{
	struct one *o = arg;

	post(o->target, "same", "{\"name\":\"a\"}", o->h);
	return NULL;
}

/* A hundred at once: one does it, the others hear 409 with Retry-After or the stored answer. */
static void
hundred(const char *target)
{
	static pthread_t t[100];
	static struct one o[100];
	int fresh = 0;

	for (int i = 0; i < 100; i++) {
		o[i] = (struct one){ target, calloc(1, sizeof(struct heard)) };
		cr_assert_eq(pthread_create(&t[i], NULL, post_one, &o[i]), 0);
	}
	for (int i = 0; i < 100; i++) {
		pthread_join(t[i], NULL);
		const struct heard *h = o[i].h;
		fresh += h->status == 201 && strcmp(header_in(h, "Idempotent-Replayed"), "") == 0;
		cr_expect(h->status == 201 || h->status == 409, "%d %s", h->status, h->body);
		if (h->status == 409)
			cr_expect_str_eq(header_in(h, "Retry-After"), "1");
	}
	cr_assert_eq(fresh, 1);
	cr_assert_eq(effects(), 1);
	for (int i = 0; i < 100; i++)
		free(o[i].h);
}

Test(idempotency, a_hundred_at_once_have_one_effect)
{
	hundred("/api/orders");
}

Test(idempotency, a_hundred_at_once_pay_once)
{
	pay_mood = "slow";
	hundred("/api/pay");
	cr_assert_eq(runs_of_pay, 1);
}

Test(idempotency, a_step_that_calls_out_is_stored_by_the_door_or_by_itself)
{
	pay_mood = "";
	post("/api/pay", "k1", "{\"name\":\"a\"}", &first);
	cr_assert_eq(first.status, 201, "%s", first.body);
	post("/api/pay", "k1", "{\"name\":\"a\"}", &second);
	same_answer(&first, &second);
	pay_mood = "store";
	post("/api/pay", "k2", "{\"name\":\"a\"}", &first);
	cr_assert_eq(first.status, 201, "%s", first.body);
	post("/api/pay", "k2", "{\"name\":\"a\"}", &second);
	same_answer(&first, &second);
	cr_assert_eq(runs_of_pay, 2);
	cr_assert_eq(effects(), 2);
}

Test(idempotency, a_refusal_that_is_the_outcome_is_repeated_byte_by_byte)
{
	pay_mood = "decline";
	post("/api/pay", "k1", "{\"name\":\"a\"}", &first);
	code_is(&first, 402, "pay.declined");
	pay_mood = "";
	post("/api/pay", "k1", "{\"name\":\"a\"}", &second);
	code_is(&second, 402, "pay.declined");
	same_answer(&first, &second);
	cr_assert_eq(runs_of_pay, 1);
	cr_assert_eq(effects(), 1);
}

Test(idempotency, an_unknown_outcome_frees_the_lease_and_binds_the_key)
{
	pay_mood = "timeout";
	post("/api/pay", "k1", "{\"name\":\"a\"}", &first);
	code_is(&first, 504, "toss.timeout");
	post("/api/pay", "k1", "{\"name\":\"b\"}", &second);
	code_is(&second, 422, "idempotency.other_body");
	pay_mood = "";
	post("/api/pay", "k1", "{\"name\":\"a\"}", &second);
	cr_assert_eq(second.status, 201, "%s", second.body);
	cr_assert_eq(runs_of_pay, 2);
}

/* What was given back under a clock that was ahead is free, not taken for as long as it was ahead. */
Test(idempotency, a_lease_that_was_given_back_is_free_at_any_time)
{
	pay_mood = "timeout";
	post("/api/pay", "k1", "{\"name\":\"a\"}", &first);
	code_is(&first, 504, "toss.timeout");
	kit_clock(NULL, -3600);
	pay_mood = "";
	post("/api/pay", "k1", "{\"name\":\"a\"}", &second);
	cr_assert_eq(second.status, 201, "%s", second.body);
}

Test(idempotency, a_lease_that_lives_is_409_and_one_that_ran_out_is_taken_over)
{
	pay_mood = "timeout";
	post("/api/pay", "k1", "{\"name\":\"a\"}", &first);
	pay_mood = "";
	(void)kit_db_sql(db, "UPDATE idempotency SET lease_until = now() + interval '20 s'");
	post("/api/pay", "k1", "{\"name\":\"a\"}", &second);
	code_is(&second, 409, "idempotency.running");
	cr_assert_str_eq(header_in(&second, "Retry-After"), "1");
	(void)kit_db_sql(db, "UPDATE idempotency SET lease_until = now() - interval '1 s'");
	post("/api/pay", "k1", "{\"name\":\"a\"}", &second);
	cr_assert_eq(second.status, 201);
}

/* Taken by one that was killed while the clock was an hour ahead. */
Test(idempotency, a_lease_that_ends_later_than_any_can_is_taken_over)
{
	pay_mood = "timeout";
	post("/api/pay", "k1", "{\"name\":\"a\"}", &first);
	pay_mood = "";
	(void)kit_db_sql(db, "UPDATE idempotency SET lease_until = now() + interval '1 hour'");
	post("/api/pay", "k1", "{\"name\":\"a\"}", &second);
	cr_assert_eq(second.status, 201, "%s", second.body);
}

Test(idempotency, old_answers_are_reaped)
{
	struct job job = { .payload = { "", 0 } };

	post("/api/orders", "k1", "{\"name\":\"a\"}", &first);
	post("/api/orders", "k2", "{\"name\":\"b\"}", &first);
	(void)kit_db_sql(db, "UPDATE idempotency SET created_at = now() - interval '15 days 1 min' WHERE key = 'k1'");
	w.rq.tx = TX_WRITE;
	cr_assert_null(http_idempotency_reaper.door(&w.rq, &job));
	cr_assert_null(db_close(&w.rq, true));
	cr_assert_str_eq(kit_db_sql(db, "SELECT key FROM idempotency"), "k2");
}
