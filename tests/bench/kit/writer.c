/* Rows and cursor of one batch in one transaction: prepared statements in one pipeline, one round trip. */
#include <postgresql/libpq-fe.h>
#include <stdio.h>

#include "tests/bench/kit/kit.h"

struct writer { PGconn *pg; };

static void
sure(struct writer *w, int good, const char *what)
{
	if (!good)
		kit_die(what, PQerrorMessage(w->pg));
}

static void
prepare(struct writer *w, const char *name, const char *sql)
{
	PGresult *r = PQprepare(w->pg, name, sql, 0, NULL);

	sure(w, PQresultStatus(r) == PGRES_COMMAND_OK, sql);
	PQclear(r);
}

struct writer *
writer_open(const char *database_url)
{
	static struct writer one;      /* a program has one subscriber */
	struct writer *w = &one;

	w->pg = PQconnectdb(database_url);
	sure(w, PQstatus(w->pg) == CONNECTION_OK, "connect");
	PQclear(PQexec(w->pg, "SET search_path = commerce"));
	prepare(w, "begin", "BEGIN");
	prepare(w, "row", "INSERT INTO heard (number, order_no) VALUES ($1, $2)");
	prepare(w, "cursor", "UPDATE heard_cursor SET at = $1");
	prepare(w, "commit", "COMMIT");
	sure(w, PQenterPipelineMode(w->pg), "pipeline");
	return w;
}

static void
send(struct writer *w, const char *statement, int n, const char *const *values)
{
	sure(w, PQsendQueryPrepared(w->pg, statement, n, values, NULL, NULL, 0), statement);
}

/* One result and the NULL behind it for each statement, then the sync. */
static void
take_answers(struct writer *w, size_t n)
{
	PGresult *r;

	for (size_t i = 0; i < n; i++) {
		while ((r = PQgetResult(w->pg)) != NULL) {
			sure(w, PQresultStatus(r) == PGRES_COMMAND_OK, "statement");
			PQclear(r);
		}
	}
	r = PQgetResult(w->pg);
	sure(w, PQresultStatus(r) == PGRES_PIPELINE_SYNC, "sync");
	PQclear(r);
}

void
writer_write(struct writer *w, const struct event_row *rows, size_t n, const char *cursor)
{
	char number[24];

	send(w, "begin", 0, NULL);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(number, sizeof(number), "%lld", (long long)rows[i].number);
		send(w, "row", 2, (const char *const[]){ number, rows[i].order_no });
	}
	send(w, "cursor", 1, (const char *const[]){ cursor });
	send(w, "commit", 0, NULL);
	sure(w, PQpipelineSync(w->pg), "sync");
	take_answers(w, n + 3);
	event_heard(rows, n);
}
