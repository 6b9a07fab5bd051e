/* Units of work and a table for the tests of common/db. */
#include "tests/integration/db/fixture.h"

#include <stddef.h>

#include "common/core/text.h"

enum { ARENA_BYTES = 64 << 20, TIMEOUT_MS = 10000 };

static const enum db_type put_in[] = { DB_INT4, DB_TEXT };
static const struct db_stmt put_stmt = { "t_put", "INSERT INTO t (id, note) VALUES ($1, $2)", DB_CHANGED, 2, 0, put_in,
	NULL, 0, 1 };
static const enum db_type count_in[] = { DB_INT4 };
struct count_row { int64_t n; };
static const struct db_col count_out[] = { { "n", DB_INT8, false, 0, 0xffff } };
static const struct db_stmt count_stmt = { "t_count", "SELECT count(*) AS n FROM t WHERE id = $1", DB_ONE, 1, 1, count_in,
	count_out, sizeof(struct count_row), _Alignof(struct count_row) };

static const struct kit_database *database;

const char *
server_url(void)
{
	return database->admin_url;
}

const char *
server_sql(const char *sql)
{
	return kit_db_sql(database, "%s", sql);
}

static void
wake(struct app *app, unsigned what)
{
	struct unit *u = (struct unit *)(void *)((char *)app - offsetof(struct unit, app));

	u->woken |= what;
}

static void
begin(struct unit *u, enum tx tx)
{
	req_begin(&u->rq, &u->app, u->rq.mem, TEXT("test"), TIMEOUT_MS);
	u->rq.tx = tx;
}

void
unit_open(struct unit *u, int connections, enum tx tx)
{
	database = kit_db_fresh("commerce", NULL, 0);
	*u = (struct unit){ .app = { .service = "test", .wake = wake }, .schema = database->schema };
	(void)server_sql("CREATE TABLE t (id int4 PRIMARY KEY, note text, "
	    "CONSTRAINT note_short CHECK (length(note) < 20))");
	u->rq.mem = arena_open(ARENA_BYTES);
	FINE(db_pool_open(&u->rq, &u->app.db, server_url(), u->schema, connections));
	begin(u, tx);
}

void
unit_next(struct unit *u, enum tx tx)
{
	arena_reset(u->rq.mem);
	begin(u, tx);
}

void
unit_close(struct unit *u)
{
	FINE(db_close(&u->rq, false));
	req_end(&u->rq);
	db_pool_close(&u->app.db);
	arena_close(&u->rq.mem);
}

void
unit_beside(struct unit *other, const struct unit *u, enum tx tx)
{
	*other = (struct unit){ .app = u->app, .schema = u->schema };
	other->rq.mem = arena_open(ARENA_BYTES);
	begin(other, tx);
}

void
unit_beside_close(struct unit *other)
{
	req_end(&other->rq);
	arena_close(&other->rq.mem);
}

const struct err *
put(struct req *rq, int32_t id, const char *note)
{
	struct db_args a = { .n = 0 };
	int64_t n;

	db_arg_i32(&a, id);
	db_arg_text(&a, text_of(note));
	return db_changed(rq, &put_stmt, &a, &n);
}

const struct err *
queue_put(struct req *rq, int32_t id, const char *note)
{
	struct db_args a = { .n = 0 };

	db_arg_i32(&a, id);
	db_arg_text(&a, text_of(note));
	return db_queue(rq, &put_stmt, &a);
}

const struct err *
count(struct req *rq, int32_t id, int64_t *n)
{
	struct db_args a = { .n = 0 };
	struct count_row row;

	db_arg_i32(&a, id);
	TRY(db_one(rq, &count_stmt, &a, &row));
	*n = row.n;
	return NULL;
}

const struct err *
run_sql(struct req *rq, const struct db_stmt *s)
{
	int64_t n;

	return db_changed(rq, s, NULL, &n);
}
