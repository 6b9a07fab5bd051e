/* PostgreSQL: a pool, the transaction bracket, pipelines, typed statements. The only room that knows
 * libpq.
 *
 * Statements stand in .sql files; the generator makes a db_stmt and a typed function of each. They
 * are prepared per connection at first use. Within a bracket everything travels in pipeline mode:
 * BEGIN and queued statements go out with the first statement that is waited for, COMMIT goes out
 * with what was queued after the last, so a write of one statement costs two round trips and a
 * read one. */
#ifndef DB_DB_H
#define DB_DB_H
#include "common/core/clock.h"
#include "common/core/req.h"

struct db_pool;
/* How a result is taken. ONE: no row is NOT_FOUND "<name>.not_found". MAYBE: *found tells. ROWS: array in
 * rq->mem. CHANGED: number of rows touched. QUEUE: sent, not waited for; its failure is reported by
 * the next statement or by the commit. */
enum db_take { DB_ONE, DB_MAYBE, DB_ROWS, DB_CHANGED, DB_QUEUE };

enum db_type { DB_BOOL, DB_INT2, DB_INT4, DB_INT8, DB_TEXT, DB_UUID, DB_TIMESTAMPTZ, DB_DATE, DB_BYTEA, DB_JSONB,
	DB_UUID_ARRAY, DB_INT4_ARRAY, DB_INT8_ARRAY, DB_TEXT_ARRAY };

struct db_col {
	const char  *name;
	enum db_type type;
	bool         nullable;
	uint16_t     at;             /* offset in the row struct; of the item pointer for arrays */
	uint16_t     mark;           /* offset of bool has_x (nullable numbers, bools, times, dates), of size_t n_x
	                              * (arrays); else 0xffff */
};

/* Static objects only: a connection remembers by their address which of them it has prepared. */

struct db_stmt {
	const char          *name, *text;
	enum db_take         take;
	size_t               n_in, n_out;
	const enum db_type  *in;
	const struct db_col *out;
	size_t               row_size, row_align;
};

/* Parameters of one call, in binary form. Made by generated code only. A text with .at NULL, a NULL
 * pointer (generated code gives one for a nil uuid of a nullable parameter) are SQL NULL. An array is
 * never NULL, with n == 0 it is empty. */
enum { DB_MAX_ARGS = 40 };
struct db_args { size_t n; const char *at[DB_MAX_ARGS]; int len[DB_MAX_ARGS]; char small[DB_MAX_ARGS][8]; };
void db_arg_bool(struct db_args *a, bool v);
void db_arg_i16(struct db_args *a, int16_t v);
void db_arg_i32(struct db_args *a, int32_t v);
void db_arg_i64(struct db_args *a, int64_t v);
void db_arg_time(struct db_args *a, int64_t us);
void db_arg_date(struct db_args *a, struct day d);
void db_arg_text(struct db_args *a, struct text v);                      /* text, bytea */
void db_arg_json(struct req *rq, struct db_args *a, struct text json);
void db_arg_uuid(struct db_args *a, const struct uuid *v);               /* the pointer is kept */
void db_arg_null(struct db_args *a);
void db_arg_uuids(struct req *rq, struct db_args *a, const struct uuid *v, size_t n);
void db_arg_i32s(struct req *rq, struct db_args *a, const int32_t *v, size_t n);
void db_arg_i64s(struct req *rq, struct db_args *a, const int64_t *v, size_t n);
void db_arg_texts(struct req *rq, struct db_args *a, const struct text *v, size_t n);

/* Waits at most until rq->deadline_us, then TIMEOUT "db.timeout". Failures: db_pool_open() and sqlstate.def. */
const struct err *db_one(struct req *rq, const struct db_stmt *s, const struct db_args *a, void *row) MUST_USE;
const struct err *db_maybe(struct req *rq, const struct db_stmt *s, const struct db_args *a, void *row, bool *found) MUST_USE;
const struct err *db_rows(struct req *rq, const struct db_stmt *s, const struct db_args *a, void *rows, size_t *n) MUST_USE;
const struct err *db_changed(struct req *rq, const struct db_stmt *s, const struct db_args *a, int64_t *n) MUST_USE;
/* Only inside a transaction (db_in_tx); may copy but never blocks beyond the taking of a connection. */
const struct err *db_queue(struct req *rq, const struct db_stmt *s, const struct db_args *a) MUST_USE;

/* Connections are made at first use and again after a failure; schema becomes the search_path. Taking one
 * waits until rq->deadline_us when all are busy, then BUSY "db.busy"; a server that cannot be reached is
 * BUSY "db.down", at once for half a second after such a failure. Nothing is connected here: only a
 * malformed url fails. */
const struct err *db_pool_open(struct req *rq, struct db_pool **out, const char *url, const char *schema, int size) MUST_USE;
void        db_pool_close(struct db_pool **pool);
const struct err *db_ready(struct req *rq, struct db_pool *pool) MUST_USE;       /* SELECT 1 within the deadline */
struct db_pool_stats { int size, open, busy; uint64_t waits; };
struct db_pool_stats db_pool_stats(struct db_pool *pool);

/* The bracket, for doors only (http, inbox, jobs, kit). Nothing is sent at open. A close with commit
 * sends COMMIT with what was queued; without, ROLLBACK. The connection goes back when it is idle
 * and clean, else it is closed. After a commit the wakes asked for by db_wake() are passed to
 * app->wake. A close with commit after a failed statement rolls back and returns that failure. When the
 * connection breaks while COMMIT is under way the outcome is unknown: TIMEOUT "db.commit_unknown". */
const struct err *db_close(struct req *rq, bool commit) MUST_USE;
/* Doors run the whole unit again, at most DB_RUNS times in all, when this says so of the step's or of
 * db_close()'s error: serialization failures, deadlocks, plans outdated by a migration. */
enum { DB_RUNS = 3 };
bool        db_should_rerun(const struct err *e);
/* Called between two runs, of which `runs` are done: a few milliseconds by chance, so that two who have crossed do not
 * cross again: whoever begins anew at once may lock a row before the one who waits for it has woken up. */
void        db_rerun_pause(int runs);
/* Outbox and jobs: what to wake once this transaction has committed (APP_WAKE_*); outside one, at once. */
void        db_wake(struct req *rq, unsigned what);
/* A statement that goes out right behind BEGIN, before the step's first one (idempotency claim). When it
 * fails, the step's first waited statement returns its error and nothing is committed. It holds for
 * one bracket: a door that runs the unit again asks for it again. */
typedef const struct err *db_opening(struct req *rq, void *arg);
void        db_on_begin(struct req *rq, db_opening *opening, void *arg);

/* For steps whose bracket is NONE because they call a provider: one short transaction around part().
 * Commits on NULL. Runs part() again (at most 3 times) after 40001 or 40P01, so part() may do
 * nothing but SQL. */
typedef const struct err *db_part(struct req *rq, void *arg);
const struct err *db_tx(struct req *rq, enum tx tx, db_part *part, void *arg) MUST_USE;

/* For doors that must write down a failure without letting go of the rows they hold: db_mark() queues a savepoint
 * in the open transaction, db_back() undoes all that came behind it, a failed statement included, and the
 * transaction goes on. db_back() fails when the connection is lost. */
const struct err *db_mark(struct req *rq) MUST_USE;
const struct err *db_back(struct req *rq) MUST_USE;

/* A transaction is open or promised (a write bracket, a db_tx). Provider calls assert that this is false. */
bool        db_in_tx(const struct req *rq);

/* A connection of its own outside the pool, for threads that hold advisory locks (relay, inbox). The
 * bracket then uses it: rq->db is preset. Closed and NULLed by db_session_close(). */
const struct err *db_session_open(struct req *rq, struct db_lease **out, const char *url, const char *schema) MUST_USE;
void        db_session_close(struct db_lease **lease);
/* Ends the bracket but keeps the session's connection; false when the connection is gone. */
bool        db_session_alive(const struct db_lease *lease);

/* SQLSTATEs that mean something to us; common/db/sqlstate.def. Custom classes raised by our own
 * functions: 'DU404' NOT_FOUND, 'DU409' CONFLICT, 'DU422' RULE, 'DU400' INVALID, 'DU402' PAYMENT, 'DU403'
 * FORBIDDEN, 'DU412' STALE; the message is "slug|sentence". Constraints by their name:
 * CONFLICT "unique.<name>", "foreign.<name>", "exclusion.<name>", RULE "check.<name>". */

#ifdef DURE_TEST
/* How often this thread has waited for the server so far, connecting not counted. */
int         db_round_trips(const struct req *rq);
#endif

/* Applies the migrations of one service that are not applied yet, each in its own transaction, under
 * an advisory lock of the schema, with lock_timeout 5 s. Prints a line per file. A file that was
 * applied with another content is an error. Two at once: one waits (at most ten minutes). Blocks. */
struct db_migration { const char *name, *sql; };
const struct err *db_migrate(struct req *rq, const char *url, const char *schema, const struct db_migration *files,
    size_t n) MUST_USE;
/* All of them are applied, or else BUSY "db.not_migrated"; more may be. Asked as the service's own role, within the
 * deadline. */
const struct err *db_migrated(struct req *rq, struct db_pool *pool, const struct db_migration *files, size_t n) MUST_USE;
#endif
