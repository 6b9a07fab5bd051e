/* A connection of a thread's own, and the question whether a pool's server is there. */
#include <stdlib.h>

#include "common/core/text.h"
#include "common/db/conn.h"

static const enum db_type no_in[1] = { DB_BOOL };
static const struct db_col ready_out[] = { { "ok", DB_INT4, false, 0, 0xffff } };
static const struct db_stmt ready = { "db_ready", "SELECT 1 AS ok", DB_ONE, 0, 1, no_in, ready_out,
	sizeof(int32_t), _Alignof(int32_t) };
static const enum db_type migrated_in[1] = { DB_TEXT_ARRAY };
static const struct db_col migrated_out[] = { { "known", DB_INT4, false, 0, 0xffff } };
static const struct db_stmt migrated = { "db_migrated",
	"SELECT count(*)::int4 AS known FROM schema_migrations WHERE name = ANY ($1)", DB_ONE, 1, 1, migrated_in, migrated_out,
	sizeof(int32_t), _Alignof(int32_t) };

const struct err *
db_session_open(struct req *rq, struct db_lease **out, const char *url, const char *schema)
{
	const struct db_target to = { url, schema };
	struct db_conn *c = NULL;
	struct db_lease *l;

	TRY(db_conn_open(rq, &to, db_limit(rq), &c));
	l = calloc(1, sizeof(*l));
	if (l == NULL) {
		db_conn_close(&c);
		return FAIL(rq, BUSY, "db.down", "There is no memory for a connection to the database");
	}
	l->conn = c;
	*out = l;
	return NULL;
}

void
db_session_close(struct db_lease **lease)
{
	if (*lease == NULL)
		return;
	SURE((*lease)->pool == NULL);
	db_conn_close(&(*lease)->conn);
	free(*lease);
	*lease = NULL;
}

bool
db_session_alive(const struct db_lease *lease)
{
	return lease->conn != NULL && db_conn_is_clean(lease->conn);
}

/* A statement on a connection of its own, whatever the bracket of rq is. */
static const struct err *
ask_apart(struct req *rq, struct db_pool *pool, const struct db_stmt *what, const struct db_args *args, int32_t *out)
{
	struct db_lease asking = { .pool = pool };
	struct db_lease *held = rq->db;
	enum tx promised = rq->tx;
	const struct err *e;

	rq->db = &asking;
	rq->tx = TX_NONE;
	e = db_one(rq, what, args, out);
	rq->db = held;
	rq->tx = promised;
	return e;
}

const struct err *
db_ready(struct req *rq, struct db_pool *pool)
{
	int32_t one = 0;

	return ask_apart(rq, pool, &ready, NULL, &one);
}

const struct err *
db_migrated(struct req *rq, struct db_pool *pool, const struct db_migration *files, size_t n)
{
	struct text *names = NEWS(rq->mem, struct text, n);
	struct db_args args = { .n = 0 };
	int32_t known = 0;

	for (size_t i = 0; i < n; i++)
		names[i] = text_of(files[i].name);
	db_arg_texts(rq, &args, names, n);
	TRY(ask_apart(rq, pool, &migrated, &args, &known));
	if ((size_t)known == n)
		return NULL;
	return FAIL(rq, BUSY, "db.not_migrated", "of %zu migrations %d are applied: migrate has not run yet", n, known);
}
