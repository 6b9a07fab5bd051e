/* The plans that a connection keeps. */
#include "tests/integration/db/fixture.h"

enum { USES = 10 };      /* more than PostgreSQL tries with their values before it keeps a plan */

/* What this transaction has read of t from end to end. */
static int64_t
rows_scanned(struct unit *u)
{
	struct row { int64_t n; } row = { 0 };
	static const struct db_col out[] = { { "n", DB_INT8, false, 0, 0xffff } };
	static const struct db_stmt scanned = { .name = "t_scanned", .take = DB_ONE, .n_out = 1, .out = out,
		.row_size = sizeof(struct row), .row_align = _Alignof(struct row),
		.text = "SELECT seq_tup_read AS n FROM pg_stat_xact_user_tables WHERE relid = 't'::regclass" };
	struct db_args none = { .n = 0 };

	FINE(db_one(&u->rq, &scanned, &none, &row));
	return row.n;
}

Test(db_plans, a_look_up_that_was_planned_on_an_empty_table_keeps_to_its_index_when_the_table_grows)
{
	struct unit u;
	int64_t n = 0;

	unit_open(&u, 1, TX_WRITE);
	(void)server_sql(kit_print("ANALYZE %s.t", u.schema));
	for (int i = 0; i < USES; i++)
		FINE(count(&u.rq, 7, &n));
	FINE(db_close(&u.rq, true));
	(void)server_sql(kit_print("INSERT INTO %s.t SELECT i, 'x' FROM generate_series(1, 2000) i", u.schema));

	unit_next(&u, TX_WRITE);
	FINE(count(&u.rq, 7, &n));
	cr_assert_eq(n, 1);
	cr_assert_eq(rows_scanned(&u), 0);
	FINE(db_close(&u.rq, true));
	unit_close(&u);
}
