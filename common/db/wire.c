/* The pipeline: appending statements, flushing, and taking the results that the server owes, in order. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/db/conn.h"
#include "common/metrics/metrics.h"

/* PostgreSQL cuts names of statements at 63 bytes; the number alone makes ours unique. */
enum { NAME_BYTES = 64 };

METRIC(statements, COUNTER, "dure_db_statements_total", NULL, "Statements sent to PostgreSQL");
METRIC(broken, COUNTER, "dure_db_broken_total", NULL, "Connections lost while in use");

#ifdef DURE_TEST
static _Thread_local int round_trips;

int
db_round_trips(const struct req *rq)
{
	(void)rq;
	return round_trips;
}
#define COUNT_ROUND_TRIP()  ((void)round_trips++)
#else
#define COUNT_ROUND_TRIP()  ((void)0)
#endif

/* False when there is no memory for the note; then nothing may be sent. */
static bool
owe(struct db_conn *c, enum db_owed_kind kind, const struct db_stmt *s)
{
	if (c->n_owed == c->cap_owed) {
		size_t cap = c->cap_owed == 0 ? 32 : c->cap_owed * 2;
		struct db_owed *owed = realloc(c->owed, cap * sizeof(*owed));
		if (owed == NULL)
			return false;
		c->owed = owed;
		c->cap_owed = cap;
	}
	c->owed[c->n_owed++] = (struct db_owed){ kind, s };
	return true;
}

static void
name_of(const struct db_stmt *s, unsigned number, char name[NAME_BYTES])
{
	(void)snprintf(name, NAME_BYTES, "%.48s_%u", s->name, number);
}

static bool
send_prepare(struct db_conn *c, const struct db_stmt *s)
{
	char name[NAME_BYTES];
	Oid types[DB_MAX_ARGS];

	SURE(s->n_in <= DB_MAX_ARGS);
	for (size_t i = 0; i < s->n_in; i++)
		types[i] = db_oid(s->in[i]);
	name_of(s, ++c->last_number, name);
	return db_known_set(c, s, c->last_number) && owe(c, DB_OWED_PREPARE, s) &&
	    PQsendPrepare(c->pg, name, s->text, (int)s->n_in, types) == 1;
}

bool
db_wire_send(struct db_conn *c, const struct db_stmt *s, const struct db_args *a, bool waited)
{
	int binary[DB_MAX_ARGS];
	char name[NAME_BYTES];

	SURE(s->n_in == (a == NULL ? 0 : a->n));
	if (db_known_number(c, s) == 0 && !send_prepare(c, s))
		return false;
	for (size_t i = 0; i < s->n_in; i++)
		binary[i] = 1;
	name_of(s, db_known_number(c, s), name);
	metric_add(&statements, NULL, 1);
	return owe(c, waited ? DB_OWED_WAITED : DB_OWED_QUEUED, s) && PQsendQueryPrepared(c->pg, name, (int)s->n_in,
	    a == NULL ? NULL : a->at, a == NULL ? NULL : a->len, binary, 1) == 1;
}

bool
db_wire_sync(struct db_conn *c)
{
	return owe(c, DB_OWED_SYNC, NULL) && PQpipelineSync(c->pg) == 1;
}

static void
mark_broken(struct db_conn *c)
{
	metric_add(&broken, NULL, c->broken ? 0 : 1);
	c->broken = true;
}

const struct err *
db_wire_gone(struct req *rq, struct db_conn *c)
{
	struct err *e = FAIL(rq, BUSY, "db.down", "The connection to the database was lost");

	e->cause = FAIL(rq, BUSY, "db.down", "%s", PQerrorMessage(c->pg));
	mark_broken(c);
	return e;
}

static const struct err *
late(struct req *rq, struct db_conn *c)
{
	mark_broken(c);
	return FAIL(rq, TIMEOUT, "db.timeout", "The database took too long");
}

static bool
has_said(const struct db_conn *c)
{
	return PQerrorMessage(c->pg)[0] != '\0';
}

/* Sends what is left and reads until libpq has a whole result. When it has read one and has no memory to keep it, libpq
 * says so and goes on waiting, which would be for ever. */
static const struct err *
wait_result(struct req *rq, struct db_conn *c, int64_t limit_us)
{
	bool had_said = has_said(c);

	for (;;) {
		int unsent = PQflush(c->pg);
		struct pollfd p = { .fd = PQsocket(c->pg), .events = POLLIN };
		int64_t left;

		if (PQisBusy(c->pg) == 0)
			return NULL;
		left = limit_us - clock_mono_us();
		if (unsent < 0 || PQstatus(c->pg) == CONNECTION_BAD || (!had_said && has_said(c)))
			return db_wire_gone(rq, c);
		p.events = (short)(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
		if (left <= 0 || poll(&p, 1, (int)(left / 1000) + 1) == 0)
			return late(rq, c);
		if ((p.revents & ~POLLOUT) != 0 && PQconsumeInput(c->pg) == 0)
			return db_wire_gone(rq, c);
	}
}

/* One result; libpq gives a NULL behind each but a SYNC, which is read away before. */
static const struct err *
next_result(struct req *rq, struct db_conn *c, int64_t limit_us, PGresult **out)
{
	int nulls = 0;

	do {
		TRY(wait_result(rq, c, limit_us));
		*out = PQgetResult(c->pg);
	} while (*out == NULL && nulls++ == 0);
	return *out == NULL ? db_wire_gone(rq, c) : NULL;
}

/* What failed to be prepared must be prepared again. */
static bool
forget_prepared(struct db_conn *c, const struct db_owed *owed)
{
	return owed->kind != DB_OWED_PREPARE || db_known_set(c, owed->stmt, 0);
}

/* What became of one owed result. NULL for those that were skipped because of an earlier error. One that is not what is
 * owed stands behind one that libpq had no memory for. */
static const struct err *
judge(struct req *rq, struct db_conn *c, const struct db_owed *owed, const PGresult *res)
{
	const struct err *e;
	bool drop = false, known;

	switch ((int)PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		return owed->kind != DB_OWED_SYNC ? NULL : db_wire_gone(rq, c);
	case PGRES_PIPELINE_SYNC:
		return owed->kind == DB_OWED_SYNC ? NULL : db_wire_gone(rq, c);
	case PGRES_PIPELINE_ABORTED:
		return forget_prepared(c, owed) ? NULL : db_wire_gone(rq, c);
	default:
		break;
	}
	known = forget_prepared(c, owed);
	e = db_err_of(rq, res, owed->stmt, &drop);
	c->broken = c->broken || drop || !known || owed->kind == DB_OWED_SYNC;
	return e;
}

static bool
is_good(const PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* No more than what libpq has whole; the NULL behind each result stands for nothing. */
static const struct err *
take_ready(struct req *rq, struct db_conn *c)
{
	const struct err *first = NULL;
	int nulls = 0;

	while (first == NULL && c->first_owed < c->n_owed && nulls < 2 && PQisBusy(c->pg) == 0) {
		PGresult *res = PQgetResult(c->pg);
		nulls = res == NULL ? nulls + 1 : 0;
		if (res == NULL)
			continue;
		first = judge(rq, c, &c->owed[c->first_owed++], res);
		PQclear(res);
	}
	return first;
}

const struct err *
db_wire_go_on(struct req *rq, struct db_conn *c)
{
	if (PQflush(c->pg) < 0 || PQconsumeInput(c->pg) == 0)
		return db_wire_gone(rq, c);
	return take_ready(rq, c);
}

const struct err *
db_wire_drain(struct req *rq, struct db_conn *c, int64_t limit_us, PGresult **kept)
{
	const struct err *first = NULL;

	*kept = NULL;
	COUNT_ROUND_TRIP();
	while (c->first_owed < c->n_owed) {
		struct db_owed owed = c->owed[c->first_owed];
		PGresult *res = NULL;
		const struct err *e = next_result(rq, c, limit_us, &res);

		if (e != NULL)
			return first == NULL ? e : first;
		c->first_owed++;
		e = judge(rq, c, &owed, res);
		first = first == NULL ? e : first;
		if (owed.kind == DB_OWED_WAITED && is_good(res))
			*kept = res;
		else
			PQclear(res);
		if (c->broken)
			return first;
	}
	c->first_owed = c->n_owed = 0;
	return first;
}
