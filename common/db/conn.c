/* One connection: how it is made, what it remembers, whether it may be used again. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/db/conn.h"

enum {
	WAIT_MS = 60000,        /* nobody waits longer for one answer, whatever the deadline says */
	CONNECT_MS = 5000,      /* a server on the same network answers in milliseconds or is not there */
	OPTIONS_BYTES = 512,
};

/* Milliseconds. The statement limit ends what outlives its caller (requests have 10 s by default); the lock
 * limit is below that, so that a queue for a row is told from a slow statement. The server looks every
 * second whether we hung up, and stops working for a caller that ran out of time. */
#define LIMITS " -c statement_timeout=30000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=15000" \
    " -c client_connection_check_interval=1000"
/* Our statements are written for their indexes (tests/integration/sql proves each) and for plans without the values, and
 * these settings hold the server to it. Left to itself it plans a prepared statement anew at each use as long as the
 * values make that look cheaper, which costs a quarter of a millisecond where the statement itself takes a tenth. And a
 * plan that it keeps was made for the tables as they were then: from an empty one it would read every row, and go on
 * doing so while the table grows, until the next ANALYZE; foreign keys are checked by such plans too. Where no index
 * serves, the mark on reading a whole table looks like a great cost: nothing is compiled for that. */
#define PLANS " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"
/* Migrations go through whole tables: no such plans, and no limit of time but on locks, which migrate.c sets. */
#define NO_LIMITS " -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"

int64_t
db_limit(const struct req *rq)
{
	int64_t most = clock_mono_us() + (int64_t)WAIT_MS * 1000;

	return rq->deadline_us > 0 && rq->deadline_us < most ? rq->deadline_us : most;
}

static void
ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* Schema names come from our own tables; a stray one must not become an option. */
static bool
is_schema_name(const char *schema)
{
	return schema[0] != '\0' && strlen(schema) < 64 &&
	    strspn(schema, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(schema);
}

static PGconn *
start(const struct db_target *to, const char *more)
{
	static const char *const keys[] = { "dbname", "options", "application_name", "client_encoding",
		"keepalives_idle", "tcp_user_timeout", NULL };
	char options[OPTIONS_BYTES];
	const char *values[COUNT_OF(keys)] = { to->url, options, "dure", "UTF8", "10", "15000", NULL };

	SURE(to->schema == NULL || is_schema_name(to->schema));
	(void)snprintf(options, sizeof(options), "-c timezone=UTC%s%s%s", more,
	    to->schema == NULL ? "" : " -c search_path=", to->schema == NULL ? "" : to->schema);
	values[2] = to->schema == NULL ? "dure" : to->schema;
	return PQconnectStartParams(keys, values, 1);
}

/* False when the limit passed first. */
static bool
wait_socket(PGconn *pg, bool to_write, int64_t limit_us)
{
	struct pollfd p = { .fd = PQsocket(pg), .events = to_write ? POLLOUT : POLLIN };
	int64_t left = limit_us - clock_mono_us();

	return left > 0 && poll(&p, 1, (int)(left / 1000) + 1) != 0;
}

static bool
finish(PGconn *pg, int64_t limit_us)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;

	if (PQstatus(pg) == CONNECTION_BAD)
		return false;
	while (next != PGRES_POLLING_OK) {
		if (!wait_socket(pg, next == PGRES_POLLING_WRITING, limit_us))
			return false;
		next = PQconnectPoll(pg);
		if (next == PGRES_POLLING_FAILED)
			return false;
	}
	return true;
}

static const struct err *
connect_to(struct req *rq, const struct db_target *to, const char *more, int64_t limit_us, PGconn **out)
{
	int64_t patience = clock_mono_us() + (int64_t)CONNECT_MS * 1000;
	PGconn *pg = start(to, more);
	struct err *e;

	if (pg == NULL)
		return FAIL(rq, BUSY, "db.down", "There is no memory to connect to the database");
	if (finish(pg, patience < limit_us ? patience : limit_us)) {
		PQsetNoticeProcessor(pg, ignore_notice, NULL);
		*out = pg;
		return NULL;
	}
	e = FAIL(rq, BUSY, "db.down", "The database is not available");
	e->cause = FAIL(rq, BUSY, "db.down", "connecting: %s", PQerrorMessage(pg));
	PQfinish(pg);
	return e;
}

const struct err *
db_conn_plain(struct req *rq, const struct db_target *to, int64_t limit_us, PGconn **out)
{
	return connect_to(rq, to, NO_LIMITS, limit_us, out);
}

const struct err *
db_conn_open(struct req *rq, const struct db_target *to, int64_t limit_us, struct db_conn **out)
{
	struct db_conn *c;
	PGconn *pg = NULL;

	TRY(connect_to(rq, to, LIMITS PLANS, limit_us, &pg));
	c = calloc(1, sizeof(*c));
	if (c == NULL || PQsetnonblocking(pg, 1) != 0 || PQenterPipelineMode(pg) != 1) {
		free(c);
		PQfinish(pg);
		return FAIL(rq, BUSY, "db.down", "There is no memory for a connection to the database");
	}
	c->pg = pg;
	*out = c;
	return NULL;
}

void
db_conn_close(struct db_conn **c)
{
	if (*c == NULL)
		return;
	PQfinish((*c)->pg);
	free((*c)->known);
	free((*c)->owed);
	free(*c);
	*c = NULL;
}

/* Between brackets the server has nothing to say: bytes there are its farewell, or nothing of importance. */
bool
db_conn_is_clean(struct db_conn *c)
{
	struct pollfd p = { .fd = PQsocket(c->pg), .events = POLLIN };

	if (c->broken || PQstatus(c->pg) != CONNECTION_OK || c->first_owed != c->n_owed)
		return false;
	if (PQtransactionStatus(c->pg) != PQTRANS_IDLE)
		return false;
	if (poll(&p, 1, 0) == 0)
		return true;
	return PQconsumeInput(c->pg) == 1 && PQstatus(c->pg) == CONNECTION_OK && poll(&p, 1, 0) == 0;
}

static struct db_known *
find(struct db_known *known, size_t cap, const struct db_stmt *s)
{
	size_t at = ((uintptr_t)s >> 4) * 0x9e3779b97f4a7c15U & (cap - 1);

	while (known[at].stmt != NULL && known[at].stmt != s)
		at = (at + 1) & (cap - 1);
	return &known[at];
}

unsigned
db_known_number(const struct db_conn *c, const struct db_stmt *s)
{
	return c->cap_known == 0 ? 0 : find(c->known, c->cap_known, s)->number;
}

/* Twice as large, at most half full: cap stays a power of two. */
static bool
grow_known(struct db_conn *c)
{
	size_t cap = c->cap_known == 0 ? 64 : c->cap_known * 2;
	struct db_known *known = calloc(cap, sizeof(*known));

	if (known == NULL)
		return false;
	for (size_t i = 0; i < c->cap_known; i++)
		if (c->known[i].stmt != NULL)
			*find(known, cap, c->known[i].stmt) = c->known[i];
	free(c->known);
	c->known = known;
	c->cap_known = cap;
	return true;
}

/* Without memory to grow, the last place but one is the last: find() stops at an empty one. */
bool
db_known_set(struct db_conn *c, const struct db_stmt *s, unsigned number)
{
	struct db_known *k;

	if (2 * (c->n_known + 1) > c->cap_known && !grow_known(c) && c->n_known + 2 > c->cap_known)
		return false;
	k = find(c->known, c->cap_known, s);
	c->n_known += k->stmt == NULL ? 1 : 0;
	*k = (struct db_known){ s, number };
	return true;
}
