/* Parked events that an operator wants tried again (parked.c): the inbox does it. Their step runs in the
 * service and not in the command, under the same locks as every other event of its partition. */
#include <stdio.h>

#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/inbox/room.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "gen/common/inbox/inbox.sql.h"

enum { REDRIVE_EVERY_US = 1000000, REDRIVE_ROUND = 256 };

METRIC(parked, GAUGE, "dure_inbox_parked", "publisher", "Events parked now, in the whole service");

struct redrive { bool found; struct sql_inbox_redrive_next_row row; };

static const struct err *
count_and_find(struct inbox_thread *t, struct req *rq, void *arg)
{
	struct redrive *r = arg;
	struct sql_inbox_parked_count_row count;
	int32_t owned[OUTBOX_PARTITIONS];
	size_t n = 0;

	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		if (t->part[p].owned)
			owned[n++] = p;
	r->found = false;
	TRY(sql_inbox_parked_count(rq, text_of(t->feed.publisher), &count));
	metric_set(&parked, t->feed.publisher, count.n);
	if (count.n == 0)
		return NULL;
	TRY(sql_inbox_redrive_next(rq, text_of(t->feed.publisher), owned, n, &r->row, &r->found));
	if (!r->found)
		return NULL;
	/* The row must outlive this unit of work: its bytes go where the feed keeps what is in
	 * hand. */
	r->row.envelope = arena_copy(t->feed.mem, r->row.envelope);
	r->row.type = arena_copy(t->feed.mem, r->row.type);
	return NULL;
}

static const struct err *
try_again(struct inbox_thread *t, struct req *rq, void *arg)
{
	struct redrive *r = arg;
	int32_t partition = r->row.partition;
	struct envelope e;
	int64_t n;

	TRY(sql_inbox_cursor_lock(rq, text_of(t->feed.publisher), &partition, 1));
	if (r->row.envelope.len > 0) {
		TRY(envelope_read(rq, r->row.envelope, &e));
		TRY(inbox_deliver(t, rq, &e));
	}
	TRY(sql_inbox_redrive_done(rq, r->row.event_id, &n));
	return n == 1 ? NULL : FAIL(rq, CONFLICT, "parked.gone", "the parked row is gone");
}

struct refusal { struct uuid event_id; char reason[600]; };

static const struct err *
note_failure(struct inbox_thread *t, struct req *rq, void *arg)
{
	const struct refusal *why = arg;
	int64_t n;

	(void)t;
	return sql_inbox_redrive_failed(rq, why->event_id, text_of(why->reason), &n);
}

/* True when there may be another one. */
static bool
redrive_next(struct inbox_thread *t)
{
	struct redrive r = { .found = false };
	struct refusal why;
	const struct err *e = inbox_bracket(t, TX_READ, count_and_find, &r);

	if (e != NULL || !r.found) {
		if (e != NULL)
			log_err(NULL, LV_WARN, "inbox.redrive_failed", e);
		return false;
	}
	e = inbox_bracket(t, TX_WRITE, try_again, &r);
	if (e == NULL) {
		LOG(NULL, INFO, "inbox.redriven", kv_u("event", r.row.event_id),
		    kv_t("type", r.row.type));
		return true;
	}
	log_err(NULL, LV_WARN, "inbox.redrive_failed", e);
	why.event_id = r.row.event_id;
	(void)snprintf(
	    why.reason, sizeof(why.reason), "%s %s: %.400s", err_word(e->code), e->slug, e->detail);
	if (!db_session_alive(t->session))
		return false;
	e = inbox_bracket(t, TX_WRITE, note_failure, &why);
	if (e != NULL)
		log_err(NULL, LV_WARN, "inbox.redrive_failed", e);
	return e == NULL;
}

void
inbox_redrive(struct inbox_thread *t)
{
	if (clock_mono_us() < t->next_redrive_us)
		return;
	t->next_redrive_us = clock_mono_us() + REDRIVE_EVERY_US;
	for (int i = 0; i < REDRIVE_ROUND && !inbox_stopping(t); i++)
		if (!redrive_next(t))
			return;
}
