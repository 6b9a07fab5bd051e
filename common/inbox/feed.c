/* Takes what follows, notices what is missing, asks for it. */
#include "common/inbox/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

METRIC(refilled_total, COUNTER, "dure_inbox_refilled_total", "publisher",
    "Events fetched by asking");
METRIC(foreign_total, COUNTER, "dure_inbox_foreign_total", "publisher",
    "Messages that are no envelope of this publisher");
METRIC(went_back, GAUGE, "dure_inbox_publisher_went_back", "publisher",
    "1 while the publisher's numbers are below the cursor, as after a restore of its database");
METRIC(unanswered_total, COUNTER, "dure_inbox_unanswered_total", "publisher",
    "Questions without an answer");

static void
empty_hand(struct feed *f)
{
	f->n = 0;
	arena_reset(f->mem);
	req_begin(&f->rq, f->app, f->mem, TEXT("event feed"), FEED_ASK_MS);
}

const struct err *
feed_open(struct req *rq, struct feed *f, struct app *app, const char *publisher)
{
	struct bus_peers peers;

	memset(f, 0, sizeof(*f));
	f->app = app;
	SURE(snprintf(f->publisher, sizeof(f->publisher), "%s", publisher) <
	    (int)sizeof(f->publisher));
	if (!bus_peers_parse(app->config->bus_peers, &peers))
		return FAIL(
		    rq, INVALID, "bus.bad_peers", "bus_peers is not name=host:port:port, …");
	TRY(bus_subscriber_open(rq, &f->sub, &peers, publisher, BUS_RESOLVE_MS));
	const struct err *e = bus_asker_open(rq, &f->asker, &peers, publisher);
	if (e != NULL) {
		bus_subscriber_close(&f->sub);
		return e;
	}
	f->mem = arena_open(FEED_ARENA_BYTES);
	f->events = calloc(FEED_BURST, sizeof(*f->events));
	SURE(f->events != NULL);
	empty_hand(f);
	panic_holds(rq);        /* this thread still has the caller's work in hand */
	return NULL;
}

void
feed_stop(struct feed *f)
{
	__atomic_store_n(&f->stopped, true, __ATOMIC_RELEASE);
	bus_asker_stop(f->asker);
}

void
feed_close(struct feed *f)
{
	bus_subscriber_close(&f->sub);
	bus_asker_close(&f->asker);
	arena_close(&f->mem);
	free(f->events);
	f->events = NULL;
}

/* Takes e when it follows; a later one proves that something is missing. */
static void
take(struct feed *f, const struct envelope *e, struct text raw)
{
	if (!f->want[e->partition] || e->seq <= f->at[e->partition])
		return;
	if (e->seq > f->at[e->partition] + 1) {
		f->behind[e->partition] = true;
		return;
	}
	f->at[e->partition] = e->seq;
	f->events[f->n++] = (struct feed_event){ *e, raw, false };
}

static void
take_envelope(struct feed *f, struct text raw)
{
	struct envelope e;
	const struct err *bad = envelope_read(&f->rq, raw, &e);

	if (bad == NULL && text_is(e.publisher, f->publisher)) {
		take(f, &e, raw);
		return;
	}
	if (!f->foreign)
		LOG(&f->rq, WARN, "inbox.foreign_message", kv_s("publisher", f->publisher));
	f->foreign = true;
	metric_add(&foreign_total, f->publisher, 1);
}

/* One under its type, or several under none. */
static void
take_message(struct feed *f, struct text message)
{
	struct text raw = message, type = text_cut(&raw, '\0');
	struct wire_answer several;

	if (type.len > 0 || wire_answer_read(&f->rq, raw, &several) != NULL) {
		take_envelope(f, raw);
		return;
	}
	for (size_t i = 0; i < several.n_events; i++)
		take_envelope(f, several.events[i]);
}

void
feed_receive(struct feed *f, int wait_ms)
{
	struct text message;

	empty_hand(f);
	f->more = true;
	while (f->more && f->n <= FEED_BURST - WIRE_MAX_EVENTS && arena_used(f->mem) < FEED_BURST_BYTES) {
		f->more = bus_receive(f->sub, f->mem, wait_ms, &message);
		if (f->more)
			take_message(f, message);
		wait_ms = 0;
	}
}

static const struct err *
ask(struct feed *f, const struct wire_question *q, struct wire_answer *a)
{
	struct buf question = buf_in(f->mem, 256);
	struct text bytes;

	wire_question_write(&question, q);
	TRY(bus_ask(&f->rq, f->asker, buf_as_text(&question), FEED_ASK_MS, &bytes));
	TRY(wire_answer_read(&f->rq, bytes, a));
	if (a->has_error && !text_is(a->error, "cursor_expired"))
		return FAIL(&f->rq, UPSTREAM, "bus.refused", "the publisher answered %.*s",
		    TEXT_ARG(a->error));
	return NULL;
}

/* One line when a publisher falls silent and one when it speaks again. */
static bool
answered(struct feed *f, const struct err *e)
{
	if (__atomic_load_n(&f->stopped, __ATOMIC_ACQUIRE))
		return false;
	if (e != NULL) {
		metric_add(&unanswered_total, f->publisher, 1);
		if (!f->silent)
			log_err(&f->rq, LV_WARN, "inbox.publisher_silent", e);
	} else if (f->silent) {
		LOG(&f->rq, INFO, "inbox.publisher_answers", kv_s("publisher", f->publisher));
	}
	f->silent = e != NULL;
	return e == NULL;
}

/* Is what is not in hand missing? Not while messages wait that may bring it: asking for those too would cost the
 * publisher as much again. But one that was lost must not hide behind the others for ever. */
static bool
doubts(struct feed *f, bool joined)
{
	int64_t now = clock_mono_us();

	if (f->more && !joined && now < f->next_doubt_us)
		return false;
	f->next_doubt_us = now + FEED_BUSY_US;
	return true;
}

/* What was taken had been committed before the question was put, so a head below it means that the
 * publisher's database was set back; its new events would be taken for old ones. Only a person can
 * say what is to be done then. */
static void
take_heads(struct feed *f, const int64_t *heads, bool doubt)
{
	bool back = false;

	for (int p = 0; p < OUTBOX_PARTITIONS; p++) {
		f->heads[p] = heads[p];
		f->behind[p] = f->behind[p] || (doubt && heads[p] > f->at[p]);
		back = back || (f->want[p] && heads[p] < f->at[p]);
	}
	if (back && !f->went_back)
		LOG(&f->rq, ERROR, "inbox.publisher_went_back", kv_s("publisher", f->publisher));
	metric_set(&went_back, f->publisher, back);
	f->went_back = back;
}

bool
feed_heads(struct feed *f, bool force)
{
	struct wire_question q = { .op = TEXT("heads") };
	struct wire_answer a;
	uint64_t joins = bus_subscriber_joins(f->sub);

	if (!force && joins == f->joins && clock_mono_us() < f->next_ask_us)
		return true;
	const struct err *e = ask(f, &q, &a);
	f->next_ask_us = clock_mono_us() + FEED_ASK_EVERY_US;
	if (e == NULL && a.n_heads != OUTBOX_PARTITIONS)
		e = FAIL(&f->rq, UPSTREAM, "bus.refused", "%zu heads", a.n_heads);
	if (!answered(f, e))
		return false;
	take_heads(f, a.heads, doubts(f, force || joins != f->joins));
	f->joins = joins;
	return true;
}

static void
take_answer(struct feed *f, int partition, const struct wire_answer *a)
{
	for (size_t i = 0; i < a->n_events && f->n < FEED_BURST; i++) {
		struct envelope e;
		int64_t next = f->at[partition] + 1;
		if (envelope_read(&f->rq, a->events[i], &e) == NULL) {
			if (e.partition == partition)
				take(f, &e, a->events[i]);
			continue;
		}
		f->at[partition] = next;
		f->events[f->n++] = (struct feed_event){ .broken = true,
			.raw = a->events[i],
			.e = { .id = uuid_new(),
			    .partition = partition,
			    .seq = next,
			    .type = TEXT("?") } };
	}
	metric_add(&refilled_total, f->publisher, (int64_t)f->n);
}

enum feed_found
feed_refill(struct feed *f, int partition, int64_t *oldest)
{
	struct wire_question q = { .op = TEXT("after"),
		.has_partition = true,
		.partition = partition,
		.has_seq = true,
		.seq = f->at[partition],
		.has_limit = true,
		.limit = WIRE_MAX_EVENTS,
		.has_max_bytes = true,
		.max_bytes = WIRE_MAX_BYTES };
	struct wire_answer a;

	empty_hand(f);
	if (!answered(f, ask(f, &q, &a)))
		return FEED_NO_ANSWER;
	if (a.has_error && a.has_oldest) {
		*oldest = a.oldest;
		return FEED_EXPIRED;
	}
	take_answer(f, partition, &a);
	if (f->n == 0 && a.n_events > 0 && !answered(f, FAIL(&f->rq, UPSTREAM, "bus.hole",
	    "what follows %lld in partition %d is missing at the publisher", (long long)q.seq, partition)))
		return FEED_NO_ANSWER;
	f->behind[partition] = a.has_head && a.head > f->at[partition];
	return FEED_FOUND;
}
