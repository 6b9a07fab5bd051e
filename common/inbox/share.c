/* Which partitions this replica holds. Locks of the session say so; nothing else does. */
#include <string.h>

#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/inbox/room.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "gen/common/inbox/inbox.sql.h"

enum { SHARE_EVERY_US = 1000000 };

METRIC(held, GAUGE, "dure_inbox_partitions", "publisher", "Partitions this replica holds");

static int
owned(const struct inbox_thread *t)
{
	int n = 0;

	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		n += t->part[p].owned;
	return n;
}

static const struct err *
take(struct inbox_thread *t, struct req *rq, int p)
{
	struct text publisher = text_of(t->feed.publisher);
	struct sql_inbox_cursor_read_row cursor;
	struct sql_inbox_take_row row;
	int64_t made;

	TRY(sql_inbox_take(rq, publisher, (int16_t)p, &row));
	if (!row.got)
		return NULL;
	TRY(sql_inbox_cursor_make(rq, publisher, (int16_t)p, rq->now_us, &made));
	TRY(sql_inbox_cursor_read(rq, publisher, (int16_t)p, &cursor));
	t->part[p] = (struct part){ .owned = true, .fresh = made == 1, .cursor = cursor.seq };
	t->feed.want[p] = t->feed.behind[p] = true;
	t->feed.at[p] = cursor.seq;
	return NULL;
}

static const struct err *
give(struct inbox_thread *t, struct req *rq, int p)
{
	struct sql_inbox_give_row row;

	t->part[p].owned = t->feed.want[p] = false;
	return sql_inbox_give(rq, text_of(t->feed.publisher), (int16_t)p, &row);
}

static const struct err *
rebalance(struct inbox_thread *t, struct req *rq, void *arg)
{
	struct sql_inbox_join_row joined;
	struct sql_inbox_members_row members;

	if (*(bool *)arg)
		TRY(sql_inbox_join(rq, text_of(t->feed.publisher), &joined));
	TRY(sql_inbox_members(rq, text_of(t->feed.publisher), &members));
	int m = members.n < 1 ? 1 : members.n, fair = (OUTBOX_PARTITIONS + m - 1) / m;
	for (int p = OUTBOX_PARTITIONS - 1; p >= 0 && owned(t) > fair; p--)
		if (t->part[p].owned)
			TRY(give(t, rq, p));
	for (int p = 0; p < OUTBOX_PARTITIONS && owned(t) < fair; p++)
		if (!t->part[p].owned)
			TRY(take(t, rq, p));
	metric_set(&held, t->feed.publisher, owned(t));
	return NULL;
}

static const struct err *
open_session(struct inbox_thread *t, struct req *rq, void *arg)
{
	(void)arg;
	return db_session_open(
	    rq, &t->session, t->in->app->config->database_url, t->in->app->service);
}

void
inbox_share_end(struct inbox_thread *t)
{
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		t->part[p].owned = t->feed.want[p] = false;
	db_session_close(&t->session);
}

bool
inbox_share(struct inbox_thread *t)
{
	bool fresh = false;
	const struct err *e = NULL;

	if (t->session != NULL && !db_session_alive(t->session))
		inbox_share_end(t);
	if (t->session != NULL && clock_mono_us() < t->next_share_us)
		return true;
	if (t->session == NULL) {
		e = inbox_bracket(t, TX_NONE, open_session, NULL);
		fresh = true;
	}
	if (e == NULL)
		e = inbox_bracket(t, TX_WRITE, rebalance, &fresh);
	t->next_share_us = clock_mono_us() + SHARE_EVERY_US;
	if (e == NULL)
		return true;
	/* A rollback gives no session lock back, so what is held is not known any more: let go
	 * of all. */
	log_err(NULL, LV_WARN, "inbox.disconnected", e);
	inbox_share_end(t);
	return false;
}
