/* A connection of a thread's own, and the question whether a pool's server is there. */
#include <stdlib.h>

#include "common/db/conn.h"

static const enum db_type no_in[1] = { DB_BOOL };
static const struct db_col ready_out[] = { { "ok", DB_INT4, false, 0, 0xffff } };
static const struct db_stmt ready = { "db_ready", "SELECT 1 AS ok", DB_ONE, 0, 1, no_in, ready_out,
	sizeof(int32_t), _Alignof(int32_t) };

const struct err *
db_session_open(struct req *rq, struct db_lease **out, const char *url, const char *schema)
{
	const struct db_target to = { url, schema };
	struct db_conn *c = NULL;
	struct db_lease *l;

	TRY(db_conn_open(rq, &to, db_limit(rq), &c));
	l = calloc(1, sizeof(*l));
	SURE(l != NULL);
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

const struct err *
db_ready(struct req *rq, struct db_pool *pool)
{
	struct db_lease asking = { .pool = pool };
	struct db_lease *held = rq->db;
	enum tx promised = rq->tx;
	int32_t one = 0;
	const struct err *e;

	rq->db = &asking;
	rq->tx = TX_NONE;
	e = db_one(rq, &ready, NULL, &one);
	rq->db = held;
	rq->tx = promised;
	return e;
}
