/* The migrate command: files of SQL, each once, each in its own transaction, one process at a time. */
#include <stdio.h>
#include <string.h>

#include "common/core/text.h"
#include "common/db/conn.h"
#include "common/token/digest.h"

enum { SHA_CHARS = 2 * SHA256_BYTES, CONNECT_US = 10000000 };

/* The advisory lock is taken for the schema's name, so two services may migrate at the same time. Ten minutes
 * is longer than any migration that is allowed beside a running service. */
#define LOCK        "SELECT pg_advisory_lock(hashtextextended('migrate ' || current_schema(), 0))"
#define LOCK_LIMIT  "SET lock_timeout = '10min'"
#define TABLE       "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, sha256 text NOT NULL, " \
    "applied_at timestamptz NOT NULL DEFAULT now())"
#define OPEN_FILE   "BEGIN; SET LOCAL lock_timeout = '5s'"
#define FIND        "SELECT sha256 FROM schema_migrations WHERE name = $1"
#define REMEMBER    "INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)"

static const struct err *
check(struct req *rq, PGconn *pg, PGresult *res, const char *what)
{
	ExecStatusType status = PQresultStatus(res);
	const struct db_stmt named = { .name = what };
	const struct err *e = NULL;
	bool drop;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		e = db_err_of(rq, res, &named, &drop);
		e = BECAUSE(rq, e, "migration %s: %s", what, PQerrorMessage(pg));
	}
	PQclear(res);
	return e;
}

static const struct err *
step(struct req *rq, PGconn *pg, const char *sql, const char *what)
{
	return check(rq, pg, PQexec(pg, sql), what);
}

static void
hash_of(const char *sql, char out[SHA_CHARS + 1])
{
	uint8_t sum[SHA256_BYTES];

	digest_sha256(text_of(sql), sum);
	SURE(text_to_hex((struct text){ (const char *)sum, sizeof(sum) }, out, SHA_CHARS + 1));
}

/* *applied, or an error when the file of this name was another one. */
static const struct err *
is_applied(struct req *rq, PGconn *pg, const struct db_migration *file, bool *applied)
{
	const char *values[1] = { file->name };
	PGresult *res = PQexecParams(pg, FIND, 1, NULL, values, NULL, NULL, 0);
	char hash[SHA_CHARS + 1];
	bool same;

	hash_of(file->sql, hash);
	*applied = PQntuples(res) == 1;
	same = !*applied || strcmp(PQgetvalue(res, 0, 0), hash) == 0;
	TRY(check(rq, pg, res, file->name));
	return same ? NULL : FAIL(rq, CONFLICT, "migration.changed",
	    "%s was applied with another content; add a new file instead", file->name);
}

static const struct err *
run_file(struct req *rq, PGconn *pg, const struct db_migration *file)
{
	char hash[SHA_CHARS + 1];
	const char *values[2] = { file->name, hash };

	hash_of(file->sql, hash);
	TRY(step(rq, pg, OPEN_FILE, file->name));
	TRY(step(rq, pg, file->sql, file->name));
	if (PQtransactionStatus(pg) != PQTRANS_INTRANS)
		return FAIL(rq, RULE, "migration.ends_transaction", "%s ends its transaction by itself", file->name);
	TRY(check(rq, pg, PQexecParams(pg, REMEMBER, 2, NULL, values, NULL, NULL, 0), file->name));
	return step(rq, pg, "COMMIT", file->name);
}

static const struct err *
apply(struct req *rq, PGconn *pg, const struct db_migration *file)
{
	int64_t since = clock_mono_us();
	bool applied;

	TRY(is_applied(rq, pg, file, &applied));
	if (!applied)
		TRY(run_file(rq, pg, file));
	(void)printf("%s %s (%lld ms)\n", applied ? "known  " : "applied", file->name,
	    (long long)((clock_mono_us() - since) / 1000));
	return NULL;
}

static const struct err *
apply_all(struct req *rq, PGconn *pg, const struct db_migration *files, size_t n)
{
	TRY(step(rq, pg, LOCK_LIMIT, "lock"));
	TRY(step(rq, pg, LOCK, "lock"));
	TRY(step(rq, pg, TABLE, "schema_migrations"));
	for (size_t i = 0; i < n; i++)
		TRY(apply(rq, pg, &files[i]));
	return NULL;
}

/* Closing the connection gives the lock back and rolls back what stands half done. */
const struct err *
db_migrate(struct req *rq, const char *url, const char *schema, const struct db_migration *files, size_t n)
{
	const struct db_target to = { url, schema };
	PGconn *pg = NULL;
	const struct err *e;

	TRY(db_conn_plain(rq, &to, clock_mono_us() + CONNECT_US, &pg));
	e = apply_all(rq, pg, files, n);
	PQfinish(pg);
	(void)fflush(stdout);
	return e;
}
