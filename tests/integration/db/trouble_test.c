/* Lost connections, full pools, deadlines, deadlocks. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "tests/integration/db/fixture.h"

STMT(slow, "SELECT pg_sleep(3)");
STMT(nap, "SELECT pg_sleep(0.3)");
STMT(die, "SELECT pg_terminate_backend(pg_backend_pid())");

/* Ends every connection of the pool of u. */
static void
terminate(const struct unit *u)
{
	cr_assert_gt(db_pool_stats(u->app.db).open + (u->rq.db != NULL ? 1 : 0), 0);
	cr_assert_str_neq(server_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
	    "WHERE datname = current_database() AND pid <> pg_backend_pid()"), "0");
	kit_until(5000, strcmp(server_sql("SELECT count(*) FROM pg_stat_activity "
	    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"), "0") == 0);
}

Test(db_trouble, an_idle_connection_that_was_closed_is_replaced_unnoticed)
{
	struct unit u;
	int64_t n;

	unit_open(&u, 1, TX_READ);
	FINE(count(&u.rq, 1, &n));
	FINE(db_close(&u.rq, true));
	terminate(&u);
	unit_next(&u, TX_READ);
	FINE(count(&u.rq, 1, &n));
	FINE(db_close(&u.rq, true));
	unit_close(&u);
}

Test(db_trouble, a_connection_lost_in_a_transaction_is_busy_and_nothing_was_committed)
{
	struct unit u;
	int64_t n = -1;

	unit_open(&u, 1, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	terminate(&u);
	FAILS(put(&u.rq, 2, "b"), "db.down");
	FAILS(db_close(&u.rq, true), "db.down");
	cr_assert_eq(db_pool_stats(u.app.db).open, 0);
	unit_next(&u, TX_READ);
	FINE(count(&u.rq, 1, &n));
	cr_assert_eq(n, 0);
	unit_close(&u);
}

Test(db_trouble, a_statement_that_ends_its_own_backend_is_busy)
{
	struct unit u;
	int64_t n;

	unit_open(&u, 1, TX_NONE);
	FAILS(run_sql(&u.rq, &die), "db.down");
	FINE(count(&u.rq, 1, &n));
	unit_close(&u);
}

Test(db_trouble, a_connection_lost_before_the_commit_was_answered_is_an_unknown_outcome)
{
	struct unit u;
	const struct err *e;

	unit_open(&u, 1, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	terminate(&u);
	e = db_close(&u.rq, true);
	cr_assert_not_null(e);
	cr_assert_eq(e->code, E_TIMEOUT);
	cr_assert_str_eq(e->slug, "db.commit_unknown");
	unit_close(&u);
}

Test(db_trouble, a_full_pool_is_busy_at_the_deadline)
{
	struct unit u, other;
	int64_t n, since;

	unit_open(&u, 1, TX_READ);
	FINE(count(&u.rq, 1, &n));
	unit_beside(&other, &u, TX_READ);
	other.rq.deadline_us = (since = clock_mono_us()) + 200000;
	FAILS(count(&other.rq, 1, &n), "db.busy");
	cr_assert(clock_mono_us() - since >= 190000 && clock_mono_us() - since < 1000000);
	FINE(db_close(&other.rq, false));
	FINE(db_close(&u.rq, true));
	unit_next(&other, TX_READ);
	FINE(count(&other.rq, 1, &n));
	FINE(db_close(&other.rq, true));
	cr_assert_eq(db_pool_stats(u.app.db).waits, 1);
	cr_assert_eq(kit_metric("dure_db_pool_size"), 1);
	cr_assert_eq(kit_metric("dure_db_pool_busy"), 0);
	cr_assert_eq(kit_metric("dure_db_pool_waits_total"), 1);
	cr_assert_eq(kit_metric("dure_db_pool_refusals_total{reason=\"busy\"}"), 1);
	cr_assert_eq(kit_metric("dure_db_up"), 1);
	unit_beside_close(&other);
	unit_close(&u);
}

static void *
count_beside(void *arg)
{
	struct unit *other = arg;
	int64_t n;

	FINE(count(&other->rq, 1, &n));
	FINE(db_close(&other->rq, true));
	return NULL;
}

Test(db_trouble, who_waits_for_the_pool_gets_the_returned_connection)
{
	struct unit u, other;
	pthread_t thread;

	unit_open(&u, 1, TX_READ);
	unit_beside(&other, &u, TX_READ);
	FINE(run_sql(&u.rq, &nap));
	cr_assert_eq(pthread_create(&thread, NULL, count_beside, &other), 0);
	usleep(100000);
	FINE(db_close(&u.rq, true));
	cr_assert_eq(pthread_join(thread, NULL), 0);
	unit_beside_close(&other);
	unit_close(&u);
}

Test(db_trouble, a_deadline_that_passes_in_a_statement_is_a_timeout_and_costs_the_connection)
{
	struct unit u;
	int64_t since, n;

	unit_open(&u, 1, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	u.rq.deadline_us = (since = clock_mono_us()) + 300000;
	FAILS(run_sql(&u.rq, &slow), "db.timeout");
	cr_assert_lt(clock_mono_us() - since, 1000000);
	FINE(db_close(&u.rq, false));
	cr_assert_eq(db_pool_stats(u.app.db).open, 0);
	unit_next(&u, TX_READ);
	FINE(count(&u.rq, 1, &n));
	FINE(db_close(&u.rq, true));
	unit_close(&u);
}

Test(db_trouble, no_commit_is_begun_after_the_deadline)
{
	struct unit u;
	int64_t n = -1;

	unit_open(&u, 1, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	u.rq.deadline_us = clock_mono_us() - 1;
	FAILS(db_close(&u.rq, true), "db.timeout");
	cr_assert_eq(db_pool_stats(u.app.db).open, 1);
	unit_next(&u, TX_READ);
	FINE(count(&u.rq, 1, &n));
	cr_assert_eq(n, 0);
	unit_close(&u);
}

Test(db_trouble, a_server_that_is_not_there_is_busy_at_once_for_a_while)
{
	struct unit u;
	struct db_pool *nowhere;
	int64_t since, n;

	unit_open(&u, 1, TX_READ);
	FINE(db_pool_open(&u.rq, &nowhere, "postgresql://127.0.0.1:1/x", "s", 4));
	FAILS(db_ready(&u.rq, nowhere), "db.down");
	since = clock_mono_us();
	for (int i = 0; i < 1000; i++)
		FAILS(db_ready(&u.rq, nowhere), "db.down");
	cr_assert_lt(clock_mono_us() - since, 200000);
	cr_assert_eq(db_pool_stats(nowhere).open, 0);
	db_pool_close(&nowhere);
	FINE(db_ready(&u.rq, u.app.db));
	FINE(count(&u.rq, 1, &n));
	FINE(db_close(&u.rq, true));
	FAILS(db_pool_open(&u.rq, &nowhere, "postgresql://host:notaport:/%", "s", 1), "db.url");
	unit_close(&u);
}

/* Two units lock 1 and 2 crosswise; part() meets the other at a barrier in its first run only. */
struct crossed { struct unit *u; pthread_barrier_t *meet; int32_t first, second; int runs; };

static const enum db_type lock_in[] = { DB_INT4 };
static const struct db_stmt lock_stmt = { "t_lock", "UPDATE t SET note = note WHERE id = $1", DB_CHANGED, 1, 0, lock_in,
	NULL, 0, 1 };

static const struct err *
lock_row(struct req *rq, int32_t id)
{
	struct db_args a = { .n = 0 };
	int64_t n;

	db_arg_i32(&a, id);
	return db_changed(rq, &lock_stmt, &a, &n);
}

static const struct err *
lock_both(struct req *rq, void *arg)
{
	struct crossed *c = arg;

	TRY(lock_row(rq, c->first));
	if (c->runs++ == 0)
		(void)pthread_barrier_wait(c->meet);
	return lock_row(rq, c->second);
}

static void *
run_crossed(void *arg)
{
	struct crossed *c = arg;

	FINE(db_tx(&c->u->rq, TX_WRITE, lock_both, c));
	return NULL;
}

Test(db_trouble, a_deadlock_is_run_again_and_both_succeed)
{
	struct unit u, other;
	pthread_barrier_t meet;
	struct crossed here = { &u, &meet, 1, 2, 0 }, there = { &other, &meet, 2, 1, 0 };
	pthread_t thread;

	unit_open(&u, 2, TX_WRITE);
	FINE(put(&u.rq, 1, "a"));
	FINE(put(&u.rq, 2, "b"));
	FINE(db_close(&u.rq, true));
	unit_next(&u, TX_NONE);
	unit_beside(&other, &u, TX_NONE);
	cr_assert_eq(pthread_barrier_init(&meet, NULL, 2), 0);
	cr_assert_eq(pthread_create(&thread, NULL, run_crossed, &there), 0);
	(void)run_crossed(&here);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_assert_geq(here.runs + there.runs, 3);
	unit_beside_close(&other);
	unit_close(&u);
}

Test(db_trouble, only_passing_failures_are_run_again)
{
	struct unit u;

	unit_open(&u, 1, TX_WRITE);
	cr_assert_not(db_should_rerun(NULL));
	cr_assert_not(db_should_rerun(FAIL(&u.rq, BUSY, "db.down", "x")));
	cr_assert(db_should_rerun(FAIL(&u.rq, BUSY, "db.deadlock", "x")));
	cr_assert(db_should_rerun(BECAUSE(&u.rq, FAIL(&u.rq, BUSY, "db.serialization", "x"), "y")));
	unit_close(&u);
}

Test(db_trouble, a_session_keeps_its_connection_and_tells_when_it_is_gone)
{
	struct unit u;
	int64_t n;

	unit_open(&u, 1, TX_WRITE);
	FINE(db_session_open(&u.rq, &u.rq.db, server_url(), u.schema));
	FINE(put(&u.rq, 1, "a"));
	FINE(db_close(&u.rq, true));
	cr_assert_not_null(u.rq.db);
	cr_assert(db_session_alive(u.rq.db));
	FAILS(put(&u.rq, 1, "a"), "unique.t_pkey");
	FINE(db_close(&u.rq, false));
	cr_assert(db_session_alive(u.rq.db));
	u.rq.tx = TX_NONE;
	FINE(count(&u.rq, 1, &n));
	cr_assert_eq(n, 1);
	terminate(&u);
	cr_assert_not(db_session_alive(u.rq.db));
	FAILS(count(&u.rq, 1, &n), "db.down");
	FAILS(count(&u.rq, 1, &n), "db.down");
	FINE(db_close(&u.rq, true));
	db_session_close(&u.rq.db);
	cr_assert_null(u.rq.db);
	unit_close(&u);
}

Test(db_trouble, a_table_that_changed_under_a_prepared_statement_heals_by_running_again)
{
	STMT(all_columns, "SELECT * FROM t");
	struct unit u;
	char sql[128];
	const struct err *e;

	unit_open(&u, 1, TX_READ);
	FINE(run_sql(&u.rq, &all_columns));
	(void)snprintf(sql, sizeof(sql), "ALTER TABLE %s.t ADD COLUMN more int", u.schema);
	(void)server_sql(sql);
	e = run_sql(&u.rq, &all_columns);
	cr_assert(e != NULL && db_should_rerun(e));
	FINE(db_close(&u.rq, false));
	unit_next(&u, TX_READ);
	FINE(run_sql(&u.rq, &all_columns));
	FINE(db_close(&u.rq, true));
	unit_close(&u);
}
