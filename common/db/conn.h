/* Inside the room: a connection with what is under way on it, and the bracket that holds it. */
#ifndef DB_CONN_H
#define DB_CONN_H
#include <postgresql/libpq-fe.h>

#include "common/db/db.h"

/* A result that the server owes us, in the order of sending. */
enum db_owed_kind { DB_OWED_PREPARE, DB_OWED_QUEUED, DB_OWED_WAITED, DB_OWED_SYNC };
struct db_owed { enum db_owed_kind kind; const struct db_stmt *stmt; };

/* Which statements the server has prepared for this connection: open addressing by address. number 0
 * means that preparing failed, so the next use prepares again under a new name. */
struct db_known { const struct db_stmt *stmt; unsigned number; };

struct db_conn {
	PGconn          *pg;
	bool             broken;         /* never given to anybody again */
	struct db_known *known;
	size_t           n_known, cap_known;
	unsigned         last_number;
	struct db_owed  *owed;           /* owed[first_owed … n_owed) */
	size_t           first_owed, n_owed, cap_owed;
	struct db_conn  *next;           /* in the pool's idle list */
};

struct db_lease {
	struct db_pool   *pool;          /* NULL: a session, conn is its own */
	struct db_conn   *conn;
	bool              begun;         /* BEGIN was sent */
	bool              explicit_tx;   /* inside db_tx() */
	db_opening       *opening;
	void             *opening_arg;
	unsigned          wakes;
	const struct err *failed;        /* this transaction cannot commit any more */
};

/* Connects (waiting at most to limit_us) and enters pipeline mode. Owner closes by db_conn_close(). */
struct db_target { const char *url, *schema; };
const struct err *db_conn_open(struct req *rq, const struct db_target *to, int64_t limit_us, struct db_conn **out)
    MUST_USE;
/* The bare connection of the migrations: no pipeline, no statement timeout. */
const struct err *db_conn_plain(struct req *rq, const struct db_target *to, int64_t limit_us, PGconn **out) MUST_USE;
void        db_conn_close(struct db_conn **c);
/* Idle, clean, and the server has not hung up meanwhile. Does not block. */
bool        db_conn_is_clean(struct db_conn *c);

/* The number under which s is prepared, 0 when it is not. */
unsigned    db_known_number(const struct db_conn *c, const struct db_stmt *s);
/* False when there is no memory to remember it. */
bool        db_known_set(struct db_conn *c, const struct db_stmt *s, unsigned number) MUST_USE;

/* The wire (run.c): sending only appends to libpq's buffer, db_wire_drain() sends it and takes every
 * owed result, returning the first error; *kept is the result of the waited statement, the caller's to
 * PQclear(), NULL when it failed. */
bool        db_wire_send(struct db_conn *c, const struct db_stmt *s, const struct db_args *a, bool waited) MUST_USE;
bool        db_wire_sync(struct db_conn *c) MUST_USE;
/* The server works on what was queued while more of it is made: sends what it will take, takes what it has answered, waits
 * for neither. Only while nothing waited for is owed. */
const struct err *db_wire_go_on(struct req *rq, struct db_conn *c) MUST_USE;
const struct err *db_wire_drain(struct req *rq, struct db_conn *c, int64_t limit_us, PGresult **kept) MUST_USE;
const struct err *db_wire_gone(struct req *rq, struct db_conn *c) MUST_USE;

/* The bracket (bracket.c): the connection is there, BEGIN and opening are queued where they belong. */
const struct err *db_bracket_enter(struct req *rq, struct db_lease **out) MUST_USE;
/* After a statement outside a transaction: gives the connection back unless the bracket keeps it. */
void        db_bracket_leave(struct req *rq);

const struct err *db_pool_take(struct req *rq, struct db_pool *pool, struct db_conn **out) MUST_USE;
void        db_pool_give(struct db_pool *pool, struct db_conn **c);

/* The error that a failed result means; *drop: the connection must not be used again. */
const struct err *db_err_of(struct req *rq, const PGresult *res, const struct db_stmt *s, bool *drop) MUST_USE;

/* Row i of a result by descriptor, texts and arrays in rq->mem. */
const struct err *db_row_check(struct req *rq, const struct db_stmt *s, const PGresult *res) MUST_USE;
const struct err *db_row_read(struct req *rq, const struct db_stmt *s, const PGresult *res, int i, void *row) MUST_USE;

/* The latest moment to wait for: the deadline of rq, or DB_WAIT_MS from now when that is sooner or none. */
int64_t     db_limit(const struct req *rq);

/* PostgreSQL's numbers of the types (pg_type.dat; they never change) and its epoch, 2000-01-01. */
enum { DB_OID_BOOL = 16, DB_OID_BYTEA = 17, DB_OID_INT8 = 20, DB_OID_INT2 = 21, DB_OID_INT4 = 23, DB_OID_TEXT = 25,
	DB_OID_DATE = 1082, DB_OID_TIMESTAMPTZ = 1184, DB_OID_UUID = 2950, DB_OID_JSONB = 3802, DB_OID_INT4_ARRAY = 1007,
	DB_OID_TEXT_ARRAY = 1009, DB_OID_INT8_ARRAY = 1016, DB_OID_UUID_ARRAY = 2951, DB_OID_OWN = 16384 };
#define DB_EPOCH_US    INT64_C(946684800000000)
#define DB_EPOCH_DAYS  10957
Oid         db_oid(enum db_type type);
#endif
