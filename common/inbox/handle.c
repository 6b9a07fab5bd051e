/* Events and the cursor in one transaction; what cannot be handled is parked. */
#include <string.h>

#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/inbox/batch.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/pack/pack.h"
#include "common/trace/trace.h"
#include "gen/common/inbox/inbox.sql.h"

/* 50 ms, 100 ms, … 3.2 s: eight tries take 6.4 s, during which only this partition waits. */
enum { RETRY_FIRST_US = 50000 };

METRIC(handled_total, COUNTER, "dure_inbox_events_total", "publisher",
    "Events the cursor has passed");
METRIC(parked_total, COUNTER, "dure_inbox_parked_total", "publisher", "Events parked");
METRIC(failed_total, COUNTER, "dure_inbox_failures_total", "publisher",
    "Transactions of events that failed");
METRIC(expired_total, COUNTER, "dure_inbox_expired_total", "publisher",
    "Jumps over events no longer kept");

const struct err *
inbox_bracket(struct inbox_thread *t, enum tx tx, inbox_step *step, void *arg)
{
	struct req rq;

	arena_reset(t->mem);
	req_begin(&rq, t->in->app, t->mem, TEXT("inbox"), INBOX_STEP_MS);
	rq.who = WHO_SERVICE;
	rq.tx = tx;
	rq.db = t->session;
	const struct err *e = step(t, &rq, arg);
	const struct err *ended = tx == TX_NONE ? NULL : db_close(&rq, e == NULL);
	req_end(&rq);
	return e != NULL ? e : ended;
}

/* The next who wants this event, after `last`; NULL: nobody more. */
static const struct inbox_listen *
next_listener(const struct inbox *in, const struct envelope *e, const struct inbox_listen *last)
{
	for (size_t i = last == NULL ? 0 : (size_t)(last - in->listens) + 1; i < in->n_listens; i++) {
		const struct event_type *type = in->listens[i].type;
		if (text_is(e->type, type->type) && e->version == type->version &&
		    text_is(e->publisher, type->publisher))
			return &in->listens[i];
	}
	return NULL;
}

static const struct inbox_listen *
listener(const struct inbox *in, const struct envelope *e)
{
	return next_listener(in, e, NULL);
}

static const struct err *
run_steps(struct inbox_thread *t, struct req *rq, const struct envelope *e, const struct inbox_listen *l)
{
	void *event = arena_zero(rq->mem, l->type->payload->size, l->type->payload->align);

	TRY(pack_read(rq, e->payload, l->type->payload, event));
	for (; l != NULL; l = next_listener(t->in, e, l)) {
		rq->door = text_of(l->name);
		rq->company = e->tenant;         /* a step may have changed it */
		TRY(l->door(rq, event));
	}
	return NULL;
}

static void
tell_span(const struct inbox_thread *t, const struct req *rq, const struct err *failure, int64_t took_us)
{
	const struct envelope *e = rq->event;

	if (!trace_wants(rq))
		return;
	struct span span = { .kind = SPAN_CONSUMER, .took_us = took_us, .error = failure != NULL ? failure->slug : NULL,
		.name = text_of(arena_printf(rq->mem, "process %.*s", TEXT_ARG(e->type))) };
	SPAN(rq, &span, kv_s("messaging.system", "nng"), kv_s("messaging.operation.type", "process"),
	    kv_s("messaging.operation.name", "process"), kv_t("messaging.destination.name", e->type),
	    kv_s("messaging.destination.partition.id", arena_printf(rq->mem, "%d", (int)e->partition)),
	    kv_u("messaging.message.id", e->id), kv_s("messaging.consumer.group.name", t->in->app->service),
	    kv_t("dure.publisher", e->publisher), kv_i("dure.seq", e->seq));
}

/* An event is told of when its steps have run; that their transaction failed afterwards stands in a line of its own. */
const struct err *
inbox_deliver(struct inbox_thread *t, struct req *rq, const struct envelope *e)
{
	const struct inbox_listen *l = listener(t->in, e);
	int64_t began_us = clock_mono_us();
	char id[UUID_CHARS + 1];

	if (l == NULL)
		return NULL;
	uuid_print(e->id, id);
	req_follow(rq, e->trace, text_of(id));
	rq->event = e;
	const struct err *failure = run_steps(t, rq, e, l);
	tell_span(t, rq, failure, clock_mono_us() - began_us);
	if (failure == NULL)
		LOG(rq, INFO, "inbox.event", kv_t("type", e->type), kv_t("publisher", e->publisher), kv_i("seq", e->seq),
		    kv_i("ms", (clock_mono_us() - began_us) / 1000));
	return failure;
}

static const struct err *
park(struct inbox_thread *t, struct req *rq, const struct feed_event *ev, struct text reason,
    int tries)
{
	struct sql_inbox_park_in row = { .event_id = ev->e.id,
		.publisher = text_of(t->feed.publisher),
		.partition = (int16_t)ev->e.partition,
		.seq = ev->e.seq,
		.key = ev->e.key,
		.type = ev->e.type,
		.envelope = ev->raw,
		.reason = reason,
		.tries = tries,
		.at = rq->now_us };

	metric_add(&parked_total, t->feed.publisher, 1);
	return sql_inbox_park(rq, &row);
}

/* What a batch says of itself to PostgreSQL: its partitions, where their cursors are and where they go. */
struct places { struct text publisher; int32_t *partition; int64_t *heard, *handled; size_t n; };

static struct places
places_of(const struct inbox_thread *t, struct req *rq, const struct batch *b)
{
	struct places at = { text_of(t->feed.publisher), NEWS(rq->mem, int32_t, b->n_runs), NEWS(rq->mem, int64_t, b->n_runs),
		NEWS(rq->mem, int64_t, b->n_runs), b->n_runs };

	for (size_t i = 0; i < b->n_runs; i++) {
		at.partition[i] = b->run[i].partition;
		at.heard[i] = t->part[b->run[i].partition].cursor;
		at.handled[i] = b->run[i].to;
	}
	return at;
}

/* Keys of the batch of which something is parked. */
struct waiting { const struct uuid *keys; size_t n; };

static struct uuid *
keys_of(struct req *rq, const struct batch *b)
{
	struct uuid *keys = NEWS(rq->mem, struct uuid, b->n + 1);
	size_t n = 0;

	for (const struct run *r = b->run; r < b->run + b->n_runs; r++)
		for (size_t i = 0; i < r->n; i++)
			keys[n++] = r->events[i]->e.key;
	return keys;
}

/* Locks the cursors; they stay where they are from here on. */
static const struct err *
lock_cursors(const struct places *at, struct req *rq, struct batch *b, struct waiting *waiting)
{
	struct sql_inbox_cursor_look_row *rows;
	uint32_t found = 0;
	size_t n;

	TRY(sql_inbox_cursor_lock(rq, at->publisher, at->partition, at->n));
	TRY(sql_inbox_cursor_look(rq, at->publisher, at->partition, at->n, at->heard, at->n, keys_of(rq, b), b->n, &rows, &n));
	struct uuid *keys = NEWS(rq->mem, struct uuid, n + 1);
	*waiting = (struct waiting){ keys, 0 };
	for (size_t i = 0; i < n; i++) {
		found |= UINT32_C(1) << rows[i].partition;
		if (!uuid_is_nil(rows[i].parked))
			keys[waiting->n++] = rows[i].parked;
	}
	b->moved = (size_t)__builtin_popcount(found) < at->n;
	return !b->moved ? NULL
			 : FAIL(rq, CONFLICT, "inbox.moved", "another replica has moved the cursor");
}

static const struct err *
move_cursors(const struct places *at, struct req *rq)
{
	return sql_inbox_cursor_move(rq, at->publisher, at->partition, at->n, at->handled, at->n, rq->now_us);
}

static bool
anybody_listens(const struct inbox_thread *t, const struct batch *b)
{
	for (const struct run *r = b->run; r < b->run + b->n_runs; r++)
		for (size_t i = 0; i < r->n; i++)
			if (r->events[i]->broken || listener(t->in, &r->events[i]->e) != NULL)
				return true;
	return false;
}

static bool
waits(struct uuid key, struct waiting waiting)
{
	for (size_t i = 0; i < waiting.n; i++)
		if (uuid_eq(waiting.keys[i], key))
			return true;
	return false;
}

static const struct err *
deliver_run(struct inbox_thread *t, struct req *rq, const struct run *r, struct waiting waiting)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct feed_event *ev = r->events[i];
		if (ev->broken)
			return FAIL(rq, INVALID, "event.malformed",
			    "The publisher's envelope cannot be read");
		if (!waits(ev->e.key, waiting))
			TRY(inbox_deliver(t, rq, &ev->e));
		else if (listener(t->in, &ev->e) != NULL)
			TRY(park(t, rq, ev, TEXT("waits for an earlier event of its key"), 0));
	}
	return NULL;
}

static const struct err *
batch_step(struct inbox_thread *t, struct req *rq, void *arg)
{
	struct batch *b = arg;
	struct places at = places_of(t, rq, b);
	bool wanted = anybody_listens(t, b);
	struct waiting waiting;

	TRY(lock_cursors(&at, rq, b, &waiting));
	for (const struct run *r = b->run; wanted && r < b->run + b->n_runs; r++)
		TRY(deliver_run(t, rq, r, waiting));
	TRY(move_cursors(&at, rq));
	FAULT_POINT("inbox.handled");
	return NULL;
}

struct text
inbox_reason(struct req *rq, const struct err *e)
{
	return text_of(
	    arena_printf(rq->mem, "%s %s: %.400s", err_word(e->code), e->slug, e->detail));
}

struct parking { struct batch batch; const struct err *why; int tries; };

static const struct err *
park_step(struct inbox_thread *t, struct req *rq, void *arg)
{
	struct parking *p = arg;
	struct places at = places_of(t, rq, &p->batch);
	struct waiting waiting;

	TRY(lock_cursors(&at, rq, &p->batch, &waiting));
	TRY(park(t, rq, p->batch.run[0].events[0], inbox_reason(rq, p->why), p->tries));
	return move_cursors(&at, rq);
}

static void
passed(struct inbox_thread *t, const struct batch *b)
{
	for (const struct run *r = b->run; r < b->run + b->n_runs; r++) {
		struct part *p = &t->part[r->partition];

		p->cursor = r->to;
		p->tries = 0;
		p->fresh = false;
	}
	metric_add(&handled_total, t->feed.publisher, (int64_t)b->n);
	FAULT_POINT("inbox.committed");
}

/* The errors of one unit of work die with its arena; this one is needed in the next. */
static const struct err *
keep_error(struct feed *f, const struct err *e)
{
	struct err *kept = NEW(f->mem, struct err);

	*kept = (struct err){ .code = e->code, .file = e->file, .line = e->line };
	kept->slug = arena_text(f->mem, e->slug).at;
	kept->detail = arena_text(f->mem, e->detail).at;
	return kept;
}

/* One event has failed by itself: it is tried again in a while, or parked. */
static void
failed_alone(struct inbox_thread *t, const struct batch *b, const struct err *e)
{
	const struct feed_event *ev = b->run[0].events[0];
	struct part *p = &t->part[b->run[0].partition];
	bool may_mend = err_again(e) || e->code == E_INTERNAL;
	struct parking parking = { *b, keep_error(&t->feed, e), ++p->tries };

	if (p->tries < (may_mend ? INBOX_TRIES : INBOX_REFUSED_TRIES)) {
		p->retry_us = clock_mono_us() + ((int64_t)RETRY_FIRST_US << (p->tries - 1));
		return;
	}
	e = inbox_bracket(t, TX_WRITE, park_step, &parking);
	if (e != NULL) {
		log_err(NULL, LV_ERROR, "inbox.cannot_park", e);
		p->tries--;
		p->retry_us = clock_mono_us() + INBOX_STEP_MS * 100;
		return;
	}
	LOG(&(struct req){ .trace = ev->e.trace }, ERROR, "inbox.parked", kv_u("event", ev->e.id), kv_t("type", ev->e.type),
	    kv_s("slug", parking.why->slug), kv_s("detail", parking.why->detail), kv_i("tries", parking.tries));
	passed(t, b);
}

/* False: this replica does not know its cursors any more. */
static bool
failed(struct inbox_thread *t, const struct batch *b, const struct err *e)
{
	const struct req alone = { .trace = b->run[0].events[0]->e.trace };

	metric_add(&failed_total, t->feed.publisher, 1);
	log_err(b->n == 1 ? &alone : NULL, LV_WARN, "inbox.event_failed", e);
	if (!db_session_alive(t->session))
		return false;               /* the connection failed, not the event */
	if (b->moved) {
		inbox_share_end(t);         /* comes back with the cursors as they are */
		return false;
	}
	if (b->n == 1)
		failed_alone(t, b, e);
	else
		for (const struct run *r = b->run; r < b->run + b->n_runs; r++)
			t->part[r->partition].singly = r->to;
	return true;
}

bool
inbox_handle_batch(struct inbox_thread *t, struct batch *b)
{
	const struct err *e = inbox_bracket(t, TX_WRITE, batch_step, b);

	if (e != NULL)
		return failed(t, b, e);
	passed(t, b);
	return true;
}

struct jump { struct batch batch; int64_t oldest; bool fresh; };

static const struct err *
jump_step(struct inbox_thread *t, struct req *rq, void *arg)
{
	struct jump *j = arg;
	int partition = j->batch.run[0].partition;
	int64_t from = t->part[partition].cursor + 1;
	const char *reason =
	    arena_printf(rq->mem, "events %lld to %lld are no longer kept by the publisher",
		(long long)from, (long long)j->oldest - 1);
	struct feed_event hole = { .e = { .id = uuid_new(),
				       .partition = partition,
				       .seq = from,
				       .type = TEXT("hole") },
		.raw = TEXT("") };

	struct places at = places_of(t, rq, &j->batch);
	struct waiting waiting;

	TRY(lock_cursors(&at, rq, &j->batch, &waiting));
	if (!j->fresh)
		TRY(park(t, rq, &hole, text_of(reason), 0));
	return move_cursors(&at, rq);
}

void
inbox_jump(struct inbox_thread *t, int partition, int64_t oldest)
{
	struct part *p = &t->part[partition];
	struct jump j = { { .run = { { partition, NULL, 0, oldest - 1 } }, .n_runs = 1 }, oldest, p->fresh };
	const struct err *e;

	if (oldest - 1 <= p->cursor)
		return;
	if (!p->fresh) {
		metric_add(&expired_total, t->feed.publisher, 1);
		LOG(NULL, ERROR, "inbox.cursor_expired", kv_s("publisher", t->feed.publisher),
		    kv_i("partition", partition), kv_i("cursor", p->cursor),
		    kv_i("oldest", oldest));
	}
	e = inbox_bracket(t, TX_WRITE, jump_step, &j);
	if (e != NULL) {
		log_err(NULL, LV_ERROR, "inbox.cannot_jump", e);
		p->retry_us = clock_mono_us() + INBOX_STEP_MS * 100;
		return;
	}
	p->cursor = t->feed.at[partition] = oldest - 1;
	p->fresh = false;
}
