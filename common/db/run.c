/* Statements: send with what was queued, wait for the answer, take it as the caller wants it. */
#include <stdlib.h>
#include <string.h>

#include "common/db/conn.h"

/* Queued statements: most units of work have fewer. */
enum { GO_ON_EVERY = 16 };

/* Appends s; outside a transaction its own Sync ends the implicit one, inside a flush request makes the
 * server answer without ending anything. */
static const struct err *
append(struct req *rq, struct db_lease *l, const struct db_stmt *s, const struct db_args *a)
{
	bool sent = db_wire_send(l->conn, s, a, true);

	rq->statements++;
	if (sent && db_in_tx(rq))
		sent = PQsendFlushRequest(l->conn->pg) == 1;
	else if (sent)
		sent = db_wire_sync(l->conn);
	return sent ? NULL : db_wire_gone(rq, l->conn);
}

/* The result of s, the caller's to PQclear(); an error leaves none. */
static const struct err *
run(struct req *rq, const struct db_stmt *s, const struct db_args *a, PGresult **res)
{
	struct db_lease *l;
	const struct err *e;

	*res = NULL;
	TRY(db_bracket_enter(rq, &l));
	e = append(rq, l, s, a);
	if (e == NULL)
		e = db_wire_drain(rq, l->conn, db_limit(rq), res);
	if (e != NULL && *res != NULL) {
		PQclear(*res);
		*res = NULL;
	}
	if (e != NULL && db_in_tx(rq))
		l->failed = e;
	db_bracket_leave(rq);
	return e;
}

const struct err *
db_queue(struct req *rq, const struct db_stmt *s, const struct db_args *a)
{
	struct db_lease *l;

	SURE(db_in_tx(rq));
	TRY(db_bracket_enter(rq, &l));
	rq->statements++;
	if (!db_wire_send(l->conn, s, a, false))
		l->failed = db_wire_gone(rq, l->conn);
	else if ((l->conn->n_owed - l->conn->first_owed) % GO_ON_EVERY == 0)
		l->failed = db_wire_go_on(rq, l->conn);
	return l->failed;
}

static const struct err *
read_one(struct req *rq, const struct db_stmt *s, const PGresult *res, void *row)
{
	if (PQntuples(res) > 1)
		return FAIL(rq, INTERNAL, "db.many_rows", "%s gives %d rows", s->name, PQntuples(res));
	TRY(db_row_check(rq, s, res));
	return PQntuples(res) == 0 ? NULL : db_row_read(rq, s, res, 0, row);
}

const struct err *
db_maybe(struct req *rq, const struct db_stmt *s, const struct db_args *a, void *row, bool *found)
{
	PGresult *res;
	const struct err *e;

	*found = false;
	TRY(run(rq, s, a, &res));
	e = read_one(rq, s, res, row);
	*found = e == NULL && PQntuples(res) == 1;
	PQclear(res);
	return e;
}

const struct err *
db_one(struct req *rq, const struct db_stmt *s, const struct db_args *a, void *row)
{
	bool found;

	TRY(db_maybe(rq, s, a, row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, arena_printf(rq->mem, "%s.not_found", s->name), "Not found");
	return NULL;
}

static const struct err *
read_all(struct req *rq, const struct db_stmt *s, const PGresult *res, char *rows)
{
	TRY(db_row_check(rq, s, res));
	for (int i = 0; i < PQntuples(res); i++)
		TRY(db_row_read(rq, s, res, i, rows + (size_t)i * s->row_size));
	return NULL;
}

const struct err *
db_rows(struct req *rq, const struct db_stmt *s, const struct db_args *a, void *rows, size_t *n)
{
	PGresult *res;
	const struct err *e;
	void *at = NULL;

	*n = 0;
	memcpy(rows, &at, sizeof(at));      /* rows is a struct x ** */
	TRY(run(rq, s, a, &res));
	if (PQntuples(res) > 0)
		at = arena_zero(rq->mem, s->row_size * (size_t)PQntuples(res), s->row_align);
	e = read_all(rq, s, res, at);
	if (e == NULL) {
		*n = (size_t)PQntuples(res);
		memcpy(rows, &at, sizeof(at));
	}
	PQclear(res);
	return e;
}

const struct err *
db_changed(struct req *rq, const struct db_stmt *s, const struct db_args *a, int64_t *n)
{
	PGresult *res;

	*n = 0;
	TRY(run(rq, s, a, &res));
	*n = strtoll(PQcmdTuples(res), NULL, 10);      /* "" for statements that touch no rows: 0 */
	PQclear(res);
	return NULL;
}
