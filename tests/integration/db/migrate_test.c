/* Migrations: once each, one process at a time, never a changed one. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/integration/db/fixture.h"

static const struct db_migration files[] = {
	{ "common/0001_a", "CREATE TABLE a (id int); INSERT INTO a VALUES (1);" },
	{ "common/0002_b", "SELECT pg_sleep(0.3); CREATE TABLE b (id int);\nCREATE TABLE c (id int);" },
};

static const char *
rows_of(const char *schema, const char *table)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s.%s", schema, table);
	return server_sql(sql);
}

Test(db_migrate, files_are_applied_once_and_in_order)
{
	struct unit u;

	unit_open(&u, 1, TX_NONE);
	FINE(db_migrate(&u.rq, server_url(), u.schema, files, 1));
	FINE(db_migrate(&u.rq, server_url(), u.schema, files, 2));
	FINE(db_migrate(&u.rq, server_url(), u.schema, files, 2));
	cr_assert_str_eq(rows_of(u.schema, "schema_migrations"), "2");
	cr_assert_str_eq(rows_of(u.schema, "a"), "1");
	unit_close(&u);
}

/* What serves requests is bound to its indexes; who changes a table may read all of it. */
Test(db_migrate, migrations_are_planned_freely_and_statements_are_not)
{
	static const char sql[] = "CREATE TABLE how AS SELECT current_setting('enable_seqscan') AS how";
	const struct db_migration freely[] = { { "common/0001_how", sql } };
	char how[128];
	struct unit u;
	int64_t n;

	STMT(bound, "SELECT FROM how WHERE current_setting('enable_seqscan') = 'off'");
	unit_open(&u, 1, TX_NONE);
	FINE(db_migrate(&u.rq, server_url(), u.schema, freely, 1));
	(void)snprintf(how, sizeof(how), "SELECT how FROM %s.how", u.schema);
	cr_assert_str_eq(server_sql(how), "on");
	FINE(db_changed(&u.rq, &bound, NULL, &n));
	cr_assert_eq(n, 1);
	unit_close(&u);
}

/* A newer schema is fine for an older program, not the other way round. */
Test(db_migrate, a_program_knows_whether_its_schema_is_behind)
{
	struct unit u;
	const struct err *e;

	unit_open(&u, 1, TX_NONE);
	FINE(db_migrate(&u.rq, server_url(), u.schema, files, 1));
	FINE(db_migrated(&u.rq, u.app.db, files, 1));
	e = db_migrated(&u.rq, u.app.db, files, 2);
	cr_assert(e != NULL && e->code == E_BUSY);
	cr_assert_str_eq(e->slug, "db.not_migrated");
	FINE(db_migrate(&u.rq, server_url(), u.schema, files, 2));
	FINE(db_migrated(&u.rq, u.app.db, files, 2));
	FINE(db_migrated(&u.rq, u.app.db, files, 1));
	unit_close(&u);
}

static void *
migrate(void *arg)
{
	struct unit *u = arg;

	FINE(db_migrate(&u->rq, server_url(), u->schema, files, 2));
	return NULL;
}

Test(db_migrate, of_two_at_once_one_waits_and_finds_nothing_to_do)
{
	struct unit u, other;
	pthread_t thread;

	unit_open(&u, 1, TX_NONE);
	unit_beside(&other, &u, TX_NONE);
	cr_assert_eq(pthread_create(&thread, NULL, migrate, &other), 0);
	(void)migrate(&u);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_assert_str_eq(rows_of(u.schema, "a"), "1");
	unit_beside_close(&other);
	unit_close(&u);
}

Test(db_migrate, a_changed_file_is_refused)
{
	const struct db_migration changed[] = { { "common/0001_a", "CREATE TABLE a (id bigint);" } };
	struct unit u;

	unit_open(&u, 1, TX_NONE);
	FINE(db_migrate(&u.rq, server_url(), u.schema, files, 1));
	FAILS(db_migrate(&u.rq, server_url(), u.schema, changed, 1), "migration.changed");
	unit_close(&u);
}

Test(db_migrate, a_failing_file_leaves_nothing_of_itself)
{
	const struct db_migration bad[] = { { "common/0001_a", "CREATE TABLE a (id int);" },
		{ "common/0002_bad", "CREATE TABLE b (id int); SELECT nonsense();" } };
	const struct db_migration commits[] = { { "common/0003_commits", "CREATE TABLE d (id int); COMMIT;" } };
	struct unit u;
	char sql[128];
	const struct err *e;

	unit_open(&u, 1, TX_NONE);
	e = db_migrate(&u.rq, server_url(), u.schema, bad, 2);
	cr_assert_not_null(e);
	cr_assert_not_null(strstr(e->cause->detail, "0002_bad"));
	cr_assert_str_eq(rows_of(u.schema, "schema_migrations"), "1");
	(void)snprintf(sql, sizeof(sql), "SELECT to_regclass('%s.b') IS NULL", u.schema);
	cr_assert_str_eq(server_sql(sql), "t");
	FAILS(db_migrate(&u.rq, server_url(), u.schema, commits, 1), "migration.ends_transaction");
	unit_close(&u);
}
