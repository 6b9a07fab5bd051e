/* The bracket: BEGIN with the first statement, COMMIT with the last, and never a dirty connection back. */
#include <string.h>

#include "common/core/app.h"
#include "common/core/fault.h"
#include "common/db/conn.h"

/* COMMIT and ROLLBACK get this long even when the deadline is nearer: giving up on a COMMIT under way leaves
 * nobody knowing, and a ROLLBACK costs less than a new connection. */
enum { CLOSE_US = 2000000 };

static const struct db_stmt begin = { .name = "begin", .text = "BEGIN", .take = DB_QUEUE };
static const struct db_stmt begin_read = { .name = "begin_read", .take = DB_QUEUE,
	.text = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
static const struct db_stmt commit = { .name = "commit", .text = "COMMIT", .take = DB_CHANGED };
static const struct db_stmt rollback = { .name = "rollback", .text = "ROLLBACK", .take = DB_QUEUE };

static const struct db_stmt mark = { .name = "mark", .text = "SAVEPOINT mark", .take = DB_QUEUE };
static const struct db_stmt back = { .name = "back", .text = "ROLLBACK TO SAVEPOINT mark", .take = DB_QUEUE };

static struct db_lease *
lease_of(struct req *rq)
{
	if (rq->db == NULL) {
		rq->db = NEW(rq->mem, struct db_lease);
		if (rq->app != NULL)
			rq->db->pool = rq->app->db;
	}
	return rq->db;
}

bool
db_in_tx(const struct req *rq)
{
	return rq->tx == TX_WRITE || (rq->db != NULL && rq->db->explicit_tx);
}

void
db_on_begin(struct req *rq, db_opening *opening, void *arg)
{
	struct db_lease *l = lease_of(rq);

	SURE(db_in_tx(rq) && !l->begun && l->opening == NULL);
	l->opening = opening;
	l->opening_arg = arg;
}

void
db_wake(struct req *rq, unsigned what)
{
	if (db_in_tx(rq))
		lease_of(rq)->wakes |= what;
	else if (rq->app != NULL && rq->app->wake != NULL)
		rq->app->wake(rq->app, what);
}

/* BEGIN and the opening are queued. The opening's own statements come back to db_bracket_enter(), which then
 * finds the transaction begun. */
static const struct err *
send_begin(struct req *rq, struct db_lease *l)
{
	db_opening *opening = l->opening;

	l->begun = true;
	l->opening = NULL;
	if (!db_wire_send(l->conn, rq->tx == TX_WRITE ? &begin : &begin_read, NULL, false))
		l->failed = db_wire_gone(rq, l->conn);
	else if (opening != NULL)
		l->failed = opening(rq, l->opening_arg);
	return l->failed;
}

const struct err *
db_bracket_enter(struct req *rq, struct db_lease **out)
{
	struct db_lease *l = lease_of(rq);

	*out = l;
	if (l->failed != NULL)
		return l->failed;
	if (rq->deadline_us > 0 && clock_mono_us() >= rq->deadline_us)
		return FAIL(rq, TIMEOUT, "db.timeout", "No time was left for the database");
	if (l->conn == NULL) {
		SURE(l->pool != NULL);
		TRY(db_pool_take(rq, l->pool, &l->conn));
	}
	if (l->conn->broken)
		return db_wire_gone(rq, l->conn);
	return l->begun || !db_in_tx(rq) ? NULL : send_begin(rq, l);
}

static void
release(struct req *rq)
{
	struct db_lease *l = rq->db;

	if (l->pool != NULL && l->conn != NULL)
		db_pool_give(l->pool, &l->conn);
}

void
db_bracket_leave(struct req *rq)
{
	if (!db_in_tx(rq) && (rq->tx == TX_NONE || rq->db->conn->broken))
		release(rq);
}

static int64_t
close_limit(const struct req *rq)
{
	int64_t grace = clock_mono_us() + CLOSE_US, limit = db_limit(rq);

	return grace > limit ? grace : limit;
}

/* The first Sync lets the server listen again after an error; inside BEGIN it ends nothing. A connection that
 * does not come out clean is closed by its pool, which rolls back as well. */
static void
roll_back(struct req *rq, struct db_conn *c)
{
	PGresult *none;
	bool sent;

	if (c->broken)
		return;
	sent = db_wire_sync(c) && db_wire_send(c, &rollback, NULL, false) && db_wire_sync(c);
	if (!sent || db_wire_drain(rq, c, close_limit(rq), &none) != NULL)
		c->broken = c->broken || PQtransactionStatus(c->pg) != PQTRANS_IDLE;
}

/* NULL once the server has said COMMIT, even when the connection breaks right behind that. */
static const struct err *
commit_now(struct req *rq, struct db_conn *c)
{
	const struct err *e;
	PGresult *said = NULL;
	bool done;

	FAULT_POINT("db.before_commit");
	if (!db_wire_send(c, &commit, NULL, true) || !db_wire_sync(c))
		e = db_wire_gone(rq, c);
	else
		e = db_wire_drain(rq, c, close_limit(rq), &said);
	done = said != NULL && strcmp(PQcmdStatus(said), "COMMIT") == 0;
	PQclear(said);
	FAULT_POINT("db.after_commit");
	if (done)
		return NULL;
	if (c->broken) {
		struct err *unknown = FAIL(rq, TIMEOUT, "db.commit_unknown", "Whether it was stored is not known");
		unknown->cause = e;
		return unknown;
	}
	return e != NULL ? e : FAIL(rq, INTERNAL, "db.not_committed", "PostgreSQL did not commit");
}

static const struct err *
end_tx(struct req *rq, struct db_lease *l, bool want_commit)
{
	const struct err *e = l->failed;

	if (want_commit && e == NULL && clock_mono_us() > db_limit(rq))
		e = FAIL(rq, TIMEOUT, "db.timeout", "No time was left to commit");
	if (want_commit && e == NULL) {
		e = commit_now(rq, l->conn);
		if (e == NULL || l->conn->broken || PQtransactionStatus(l->conn->pg) == PQTRANS_IDLE)
			return e;
	}
	roll_back(rq, l->conn);
	return want_commit ? e : NULL;
}

/* Ready for the next bracket: a session keeps its lease, another's lives in the arena and is forgotten. */
static void
forget(struct req *rq, struct db_lease *l)
{
	release(rq);
	l->begun = l->explicit_tx = false;
	l->opening = NULL;
	l->failed = NULL;
	l->wakes = 0;
	if (l->pool != NULL || l->conn == NULL)
		rq->db = NULL;
}

const struct err *
db_close(struct req *rq, bool want_commit)
{
	struct db_lease *l = rq->db;
	const struct err *e;
	unsigned wakes;

	if (l == NULL)
		return NULL;
	e = want_commit ? l->failed : NULL;
	if (l->begun)
		e = end_tx(rq, l, want_commit);
	wakes = want_commit && e == NULL ? l->wakes : 0;
	forget(rq, l);
	if (wakes != 0 && rq->app != NULL && rq->app->wake != NULL)
		rq->app->wake(rq->app, wakes);
	return e;
}

const struct err *
db_mark(struct req *rq)
{
	return db_queue(rq, &mark, NULL);
}

/* The Sync makes the server listen again; what it owed before that, errors included, is of no interest. */
const struct err *
db_back(struct req *rq)
{
	struct db_lease *l = rq->db;
	PGresult *none;

	SURE(l != NULL);
	SURE(l->begun);
	if (l->conn->broken)
		return l->failed != NULL ? l->failed : db_wire_gone(rq, l->conn);
	l->wakes = 0;
	if (!db_wire_sync(l->conn)) {
		l->failed = db_wire_gone(rq, l->conn);
		return l->failed;
	}
	l->failed = db_wire_drain(rq, l->conn, close_limit(rq), &none);
	if (l->conn->broken)
		return l->failed;
	if (!db_wire_send(l->conn, &back, NULL, false) || PQsendFlushRequest(l->conn->pg) != 1)
		l->failed = db_wire_gone(rq, l->conn);
	else
		l->failed = db_wire_drain(rq, l->conn, close_limit(rq), &none);
	return l->failed;
}

const struct err *
db_tx(struct req *rq, enum tx tx, db_part *part, void *arg)
{
	SURE(rq->tx == TX_NONE && tx != TX_NONE);
	for (int runs = 1;; runs++) {
		const struct err *e, *closed;

		rq->tx = tx;
		lease_of(rq)->explicit_tx = true;
		e = part(rq, arg);
		closed = db_close(rq, e == NULL);
		rq->tx = TX_NONE;
		e = e == NULL ? closed : e;
		if (e == NULL || runs == DB_RUNS || !db_should_rerun(e))
			return e;
		db_rerun_pause(runs);
	}
}
