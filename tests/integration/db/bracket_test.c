/* The bracket: round trips, commit and rollback, where errors surface. */
#include <stdio.h>

#include "tests/integration/db/fixture.h"

STMT(bad_sql, "SELECT this_does_not_exist()");
STMT(two_rows, "SELECT 1");
STMT(raise_rule, "DO $$ BEGIN RAISE EXCEPTION SQLSTATE 'DU422' USING MESSAGE = 'order.out_of_stock|only 3 left'; END $$");
STMT(raise_idem, "DO $$ BEGIN RAISE EXCEPTION SQLSTATE 'DU409' USING MESSAGE = 'idempotency.running|wait'; END $$");

static const char *
in_table(const struct unit *u)
{
	static char sql[128];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s.t", u->schema);
	return server_sql(sql);
}

Test(db_bracket, a_write_of_one_statement_costs_two_round_trips_and_commits)
{
	struct unit u;
	int before;

	unit_open(&u, 1, TX_WRITE);
	for (int i = 0; i < 2; i++) {      /* preparing costs none either */
		before = db_round_trips(&u.rq);
		FINE(put(&u.rq, i, "a"));
		cr_assert_eq(db_round_trips(&u.rq), before + 1);
		FINE(db_close(&u.rq, true));
		cr_assert_eq(db_round_trips(&u.rq), before + 2);
		unit_next(&u, TX_WRITE);
	}
	cr_assert_str_eq(in_table(&u), "2");
	unit_close(&u);
}

Test(db_bracket, a_read_costs_one_round_trip)
{
	struct unit u;
	int64_t n;
	int before;

	unit_open(&u, 1, TX_READ);
	before = db_round_trips(&u.rq);
	FINE(count(&u.rq, 1, &n));
	FINE(db_close(&u.rq, true));
	cr_assert_eq(db_round_trips(&u.rq), before + 1);
	cr_assert_eq(u.rq.statements, 1);
	unit_close(&u);
}

Test(db_bracket, queued_statements_travel_with_the_commit)
{
	struct unit u;
	int before;

	unit_open(&u, 1, TX_WRITE);
	before = db_round_trips(&u.rq);
	FINE(put(&u.rq, 1, "a"));
	for (int32_t i = 2; i < 100; i++)
		FINE(queue_put(&u.rq, i, "queued"));
	FINE(db_close(&u.rq, true));
	cr_assert_eq(db_round_trips(&u.rq), before + 2);
	cr_assert_str_eq(in_table(&u), "99");
	unit_close(&u);
}

/* More than the sockets between us and the server hold in both directions. */
Test(db_bracket, a_great_many_are_worked_on_while_they_are_queued)
{
	enum { MANY = 10000 };
	struct unit u;

	unit_open(&u, 1, TX_WRITE);
	for (int32_t i = 1; i <= MANY; i++)
		FINE(queue_put(&u.rq, i, "queued"));
	FINE(db_close(&u.rq, true));
	cr_assert_str_eq(in_table(&u), "10000");
	unit_close(&u);
}

Test(db_bracket, one_of_many_that_fails_undoes_all_and_is_told_of_once)
{
	enum { MANY = 2000 };
	const struct err *e = NULL;
	struct unit u;

	unit_open(&u, 1, TX_WRITE);
	for (int32_t i = 1; i <= MANY && e == NULL; i++)
		e = queue_put(&u.rq, i == 700 ? 1 : i, "queued");
	if (e == NULL)
		e = db_close(&u.rq, true);
	else
		FINE(db_close(&u.rq, false));
	cr_assert_eq(e->code, E_CONFLICT);
	cr_assert_str_eq(in_table(&u), "0");
	cr_assert_eq(db_pool_stats(u.app.db).open, 1, "a clean connection is kept");
	unit_close(&u);
}

Test(db_bracket, only_queued_statements_cost_one_round_trip)
{
	struct unit u;
	int before;

	unit_open(&u, 1, TX_WRITE);
	before = db_round_trips(&u.rq);
	FINE(queue_put(&u.rq, 1, "queued"));
	FINE(db_close(&u.rq, true));
	cr_assert_eq(db_round_trips(&u.rq), before + 1);
	cr_assert_str_eq(in_table(&u), "1");
	unit_close(&u);
}

Test(db_bracket, a_bracket_in_which_nothing_was_sent_sends_nothing)
{
	struct unit u;
	int before;

	unit_open(&u, 1, TX_WRITE);
	before = db_round_trips(&u.rq);
	FINE(db_close(&u.rq, true));
	cr_assert_eq(db_round_trips(&u.rq), before);
	cr_assert_eq(db_pool_stats(u.app.db).open, 0);
	unit_close(&u);
}

Test(db_bracket, close_without_commit_rolls_back_what_was_sent_and_queued)
{
	struct unit u;

	unit_open(&u, 1, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	FINE(queue_put(&u.rq, 2, "b"));
	FINE(db_close(&u.rq, false));
	cr_assert_str_eq(in_table(&u), "0");
	cr_assert_eq(db_pool_stats(u.app.db).open, 1, "a clean connection is kept");
	unit_close(&u);
}

Test(db_bracket, after_a_failed_statement_the_rest_is_refused_and_the_connection_is_kept)
{
	struct unit u;
	int64_t n;

	unit_open(&u, 1, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	FAILS(put(&u.rq, 1, "again"), "unique.t_pkey");
	FAILS(count(&u.rq, 1, &n), "unique.t_pkey");
	FAILS(db_close(&u.rq, true), "unique.t_pkey");
	cr_assert_str_eq(in_table(&u), "0");
	cr_assert_eq(db_pool_stats(u.app.db).open, 1);
	unit_next(&u, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	FINE(db_close(&u.rq, true));
	cr_assert_str_eq(in_table(&u), "1");
	unit_close(&u);
}

Test(db_bracket, the_error_of_a_queued_statement_is_told_by_the_next_waited_one)
{
	struct unit u;
	int64_t n;

	unit_open(&u, 1, TX_WRITE);
	FINE(queue_put(&u.rq, 1, "much too long for the constraint"));
	FINE(queue_put(&u.rq, 2, "b"));
	FAILS(count(&u.rq, 1, &n), "check.note_short");
	FINE(db_close(&u.rq, false));
	cr_assert_str_eq(in_table(&u), "0");
	unit_close(&u);
}

Test(db_bracket, the_error_of_a_queued_statement_is_told_by_the_commit_which_then_did_not_happen)
{
	struct unit u;

	unit_open(&u, 1, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	FINE(queue_put(&u.rq, 1, "double"));
	FAILS(db_close(&u.rq, true), "unique.t_pkey");
	cr_assert_str_eq(in_table(&u), "0");
	cr_assert_eq(db_pool_stats(u.app.db).open, 1, "rolled back and clean");
	cr_assert_eq(u.woken, 0);
	unit_close(&u);
}

Test(db_bracket, a_statement_that_cannot_be_prepared_is_prepared_again_next_time)
{
	struct unit u;
	char sql[128];

	unit_open(&u, 1, TX_READ);
	FAILS(run_sql(&u.rq, &bad_sql), "db.error");
	FAILS(run_sql(&u.rq, &bad_sql), "db.error");
	(void)snprintf(sql, sizeof(sql), "CREATE FUNCTION %s.this_does_not_exist() RETURNS int LANGUAGE sql AS 'SELECT 1'",
	    u.schema);
	(void)server_sql(sql);
	FINE(run_sql(&u.rq, &bad_sql));
	FINE(db_close(&u.rq, true));
	unit_close(&u);
}

Test(db_bracket, a_statement_behind_a_failed_one_in_the_same_pipeline_is_usable_later)
{
	struct unit u;
	int64_t n;

	unit_open(&u, 1, TX_WRITE);
	FINE(db_queue(&u.rq, &bad_sql, NULL));
	FAILS(count(&u.rq, 1, &n), "db.error");
	FINE(db_close(&u.rq, false));
	unit_next(&u, TX_READ);
	FINE(count(&u.rq, 1, &n));
	FINE(db_close(&u.rq, true));
	unit_close(&u);
}

Test(db_bracket, our_own_sqlstates_carry_slug_and_sentence)
{
	struct unit u;
	const struct err *e;

	unit_open(&u, 1, TX_WRITE);
	e = run_sql(&u.rq, &raise_rule);
	cr_assert_not_null(e);
	cr_assert_eq(e->code, E_RULE);
	cr_assert_str_eq(e->slug, "order.out_of_stock");
	cr_assert_str_eq(e->detail, "only 3 left");
	FINE(db_close(&u.rq, false));
	unit_close(&u);
}

static const struct err *
claim_fails(struct req *rq, void *arg)
{
	(void)arg;
	return db_queue(rq, &raise_idem, NULL);
}

static const struct err *
claim_inserts(struct req *rq, void *arg)
{
	(void)arg;
	return queue_put(rq, 77, "claim");
}

Test(db_bracket, the_opening_goes_out_behind_begin_and_before_the_first_statement)
{
	struct unit u;
	int64_t n = 0;
	int before;

	unit_open(&u, 1, TX_WRITE);
	db_on_begin(&u.rq, claim_inserts, NULL);
	before = db_round_trips(&u.rq);
	FINE(count(&u.rq, 77, &n));
	cr_assert_eq(n, 1);
	cr_assert_eq(db_round_trips(&u.rq), before + 1);
	FINE(db_close(&u.rq, true));
	unit_close(&u);
}

Test(db_bracket, a_failed_opening_is_the_error_of_the_first_statement)
{
	struct unit u;

	unit_open(&u, 1, TX_WRITE);
	db_on_begin(&u.rq, claim_fails, NULL);
	FAILS(put(&u.rq, 1, "a"), "idempotency.running");
	FAILS(db_close(&u.rq, true), "idempotency.running");
	cr_assert_str_eq(in_table(&u), "0");
	unit_close(&u);
}

Test(db_bracket, wakes_are_passed_on_after_the_commit_only)
{
	struct unit u;

	unit_open(&u, 1, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	db_wake(&u.rq, APP_WAKE_JOBS);
	FINE(db_close(&u.rq, false));
	cr_assert_eq(u.woken, 0);
	unit_next(&u, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	db_wake(&u.rq, APP_WAKE_JOBS);
	cr_assert_eq(u.woken, 0);
	FINE(db_close(&u.rq, true));
	cr_assert_eq(u.woken, APP_WAKE_JOBS);
	unit_close(&u);
}

static const struct err *
part_put(struct req *rq, void *arg)
{
	cr_assert(db_in_tx(rq));
	TRY(put(rq, *(int32_t *)arg, "part"));
	return queue_put(rq, *(int32_t *)arg + 1, "part");
}

static const struct err *
part_refuses(struct req *rq, void *arg)
{
	TRY(put(rq, *(int32_t *)arg, "part"));
	return FAIL(rq, RULE, "test.refused", "no");
}

Test(db_bracket, db_tx_commits_on_null_and_rolls_back_on_an_error)
{
	struct unit u;
	int32_t id = 1;

	unit_open(&u, 1, TX_NONE);
	cr_assert_not(db_in_tx(&u.rq));
	FINE(db_tx(&u.rq, TX_WRITE, part_put, &id));
	cr_assert_not(db_in_tx(&u.rq));
	cr_assert_eq(db_pool_stats(u.app.db).busy, 0, "nothing is held while a provider is called");
	id = 10;
	FAILS(db_tx(&u.rq, TX_WRITE, part_refuses, &id), "test.refused");
	cr_assert_str_eq(in_table(&u), "2");
	FINE(db_close(&u.rq, true));
	unit_close(&u);
}

static const struct err *
part_reads_twice(struct req *rq, void *arg)
{
	struct unit *u = arg;
	int64_t before, after;
	char sql[128];

	TRY(count(rq, 5, &before));
	(void)snprintf(sql, sizeof(sql), "INSERT INTO %s.t VALUES (5, 'x') ON CONFLICT DO NOTHING", u->schema);
	(void)server_sql(sql);
	TRY(count(rq, 5, &after));
	cr_assert_eq(before, after);
	return NULL;
}

Test(db_bracket, a_read_db_tx_sees_one_moment)
{
	struct unit u;

	unit_open(&u, 1, TX_NONE);
	FINE(db_tx(&u.rq, TX_READ, part_reads_twice, &u));
	cr_assert_str_eq(in_table(&u), "1");
	unit_close(&u);
}

Test(db_bracket, statements_of_a_bracket_without_transaction_hold_no_connection)
{
	struct unit u;
	int64_t n;

	unit_open(&u, 1, TX_NONE);
	FINE(count(&u.rq, 1, &n));
	cr_assert_eq(db_pool_stats(u.app.db).busy, 0);
	FINE(run_sql(&u.rq, &two_rows));
	FINE(db_close(&u.rq, true));
	cr_assert_eq(db_pool_stats(u.app.db).open, 1);
	unit_close(&u);
}

Test(db_bracket, what_came_behind_a_mark_is_undone_and_the_transaction_goes_on)
{
	struct unit u;

	unit_open(&u, 1, TX_WRITE);
	FINE(put(&u.rq, 1, "before"));
	FINE(db_mark(&u.rq));
	FINE(put(&u.rq, 2, "behind"));
	FINE(queue_put(&u.rq, 3, "queued"));
	FAILS(put(&u.rq, 1, "double"), "unique.t_pkey");
	FINE(db_back(&u.rq));
	FINE(put(&u.rq, 4, "after"));
	FINE(db_mark(&u.rq));
	FINE(queue_put(&u.rq, 1, "double again"));
	FINE(db_back(&u.rq));
	FINE(db_close(&u.rq, true));
	cr_assert_str_eq(in_table(&u), "2");
	unit_close(&u);
}
