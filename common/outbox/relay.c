/* The relay: numbers committed rows, publishes them, sweeps old ones; one at work per service. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/bus/bus.h"
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/outbox/house.h"
#include "common/outbox/wire.h"
#include "gen/common/outbox/outbox.sql.h"

enum {
	BATCH = 500,         /* the LIMIT of outbox_number */
	POLL_MS = 100,       /* rows of other replicas, which wake their own relay only */
	FOLLOW_MS = 500,     /* how often one that is not at work tries for the lock */
	GAUGE_MS = 1000,
	SWEEP_MS = 60000,
	STEP_MS = 10000,
	/* A batch of the largest events, read and packed; a cap, not a cost. */
	ARENA_BYTES = 256 * 1024 * 1024,
	LOAD_BYTES = 16384,  /* sending costs by the message until it is about this large */
	MESSAGE_BYTES = LOAD_BYTES + OUTBOX_MAX_PAYLOAD + 4096,
	WAKE_BYTES = 512,
	RESPONDERS = 2,
};

METRIC(published_total, COUNTER, "dure_outbox_published_total", NULL,
    "Events numbered and handed to nng");
METRIC(leading, GAUGE, "dure_outbox_relay_leads", NULL, "1 in the replica whose relay is at work");

/* Envelopes one behind the other, on their way into one message. */
struct load { struct buf bytes; struct text type; size_t n, end[WIRE_MAX_EVENTS]; };

struct relay {
	struct app           *app;
	struct bus_publisher *pub;         /* NULL: no address configured */
	struct bus_publisher *outside;     /* wakes programs outside; NULL: no address configured */
	struct bus_responder *rep;
	struct arena         *mem;
	struct load           load;        /* of the batch in hand; empty in between */
	struct buf            message;
	struct db_lease      *session;     /* holds the lock of the one at work */
	bool                  leads;
	int64_t               next_gauge_us, next_sweep_us;
	pthread_t             thread;
	pthread_mutex_t       lock;        /* guards what follows; nothing is taken under it */
	pthread_cond_t        wake;
	bool                  woken, stop;
};

typedef const struct err *relay_step(struct relay *r, struct req *rq, void *out);

/* One transaction on the relay's own connection. *out counts only when this is true. */
static bool
in_bracket(struct relay *r, enum tx tx, relay_step *step, void *out)
{
	struct req rq;

	req_begin(&rq, r->app, r->mem, TEXT("relay"), STEP_MS);
	rq.tx = tx;
	rq.db = r->session;
	const struct err *e = step(r, &rq, out);
	const struct err *ended = db_close(&rq, e == NULL);
	e = e != NULL ? e : ended;
	if (e != NULL)
		log_err(&rq, LV_WARN, "outbox.relay_failed", e);
	req_end(&rq);
	return e == NULL;
}

static const struct err *
take_lock(struct relay *r, struct req *rq, void *got)
{
	struct sql_outbox_relay_plans_row plans;
	struct sql_outbox_relay_lock_row row;

	(void)r;
	TRY(sql_outbox_relay_plans(rq, &plans));
	TRY(sql_outbox_relay_lock(rq, &row));
	*(bool *)got = row.got;
	return NULL;
}

static bool
open_session(struct relay *r)
{
	struct req rq;

	req_begin(&rq, r->app, r->mem, TEXT("relay"), STEP_MS);
	const struct err *e =
	    db_session_open(&rq, &r->session, r->app->config->database_url, r->app->service);
	if (e != NULL)
		log_err(&rq, LV_WARN, "outbox.relay_disconnected", e);
	req_end(&rq);
	return e == NULL;
}

/* True when this relay is the one at work. Losing the connection is losing the lock. */
static bool
leads(struct relay *r)
{
	bool got = false;

	if (r->session != NULL && !db_session_alive(r->session)) {
		r->leads = false;
		metric_set(&leading, NULL, 0);
		house_leave();
		db_session_close(&r->session);
	}
	if (r->session == NULL && !open_session(r))
		return false;
	if (!r->leads && in_bracket(r, TX_READ, take_lock, &got) && got) {
		r->leads = true;
		LOG(NULL, INFO, "outbox.relay_leads", kv_s("publisher", r->app->service));
	}
	metric_set(&leading, NULL, r->leads);
	return r->leads;
}

/* One goes by itself, under its type; several are said as an answer says them, under no type. */
static void
send_load(struct relay *r)
{
	struct load *l = &r->load;
	struct text events[WIRE_MAX_EVENTS] = { { NULL, 0 } };

	if (l->n == 0)
		return;
	buf_reset(&r->message);
	for (size_t i = 0, from = 0; i < l->n; from = l->end[i++])
		events[i] = (struct text){ l->bytes.at + from, l->end[i] - from };
	if (l->n == 1)
		buf_text(&r->message, l->type);
	buf_byte(&r->message, 0);
	if (l->n == 1)
		buf_text(&r->message, events[0]);
	else
		wire_answer_write(&r->message, &(struct wire_answer){ .n_events = l->n, .events = events });
	if (!r->message.overflow)
		bus_publish(r->pub, buf_as_text(&r->message));
	buf_reset(&l->bytes);
	l->n = 0;
}

static void
publish(struct relay *r, const struct sql_outbox_number_row *row)
{
	struct load *l = &r->load;
	struct envelope e = {
		.id = row->event_id, .tenant = row->tenant, .key = row->key, .type = row->type,
		.publisher = text_of(r->app->service), .trace = row->trace, .payload = row->payload,
		.version = row->version, .partition = row->partition, .seq = row->seq,
		.occurred_us = row->occurred_at,
	};

	if (l->n == WIRE_MAX_EVENTS || l->bytes.len + row->payload.len > LOAD_BYTES)
		send_load(r);
	if (l->n == 0)
		l->type = row->type;
	size_t before = l->bytes.len;
	envelope_write(&l->bytes, &e);
	if (!l->bytes.overflow) {
		l->end[l->n++] = l->bytes.len;
		return;
	}
	l->bytes.len = before;           /* not one of outbox_put()'s */
	l->bytes.overflow = false;
}

/* Programs outside are told that there is something, and ask. */
static void
wake_outside(struct relay *r, const struct sql_outbox_number_row *row)
{
	struct buf m = buf_in(r->mem, WAKE_BYTES);

	buf_text(&m, row->type);
	buf_byte(&m, 0);
	wire_wake_write(&m, &(struct wire_wake){ row->type, row->partition, row->seq });
	if (!m.overflow)
		bus_publish(r->outside, buf_as_text(&m));
}

static void
publish_all(struct relay *r, const struct sql_outbox_number_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (r->pub != NULL)
			publish(r, &rows[i]);
		if (r->outside != NULL && rows[i].is_public)
			wake_outside(r, &rows[i]);
	}
	send_load(r);
}

struct numbered { struct sql_outbox_number_row *rows; size_t n; };

static const struct err *
number(struct relay *r, struct req *rq, void *out)
{
	struct numbered *batch = out;

	(void)r;
	return sql_outbox_number(rq, &batch->rows, &batch->n);
}

/* Numbers and publishes one batch; true when there may be more at once. What is numbered but not
 * published, because the process died in between, the subscribers ask for. */
static bool
relay_batch(struct relay *r)
{
	struct numbered batch = { NULL, 0 };

	if (!in_bracket(r, TX_WRITE, number, &batch) || batch.n == 0)
		return false;
	FAULT_POINT("relay.numbered");
	publish_all(r, batch.rows, batch.n);
	FAULT_POINT("relay.published");
	metric_add(&published_total, NULL, (int64_t)batch.n);
	return batch.n == BATCH;
}

static const struct err *
gauge(struct relay *r, struct req *rq, void *out)
{
	(void)r;
	(void)out;
	return house_gauge(rq);
}

static const struct err *
sweep(struct relay *r, struct req *rq, void *gone)
{
	(void)r;
	return house_sweep(rq, gone);
}

/* The gauges tell of a backlog while there is one, but sweeping can wait. One round of the sweep at a time, so that
 * a large one does not hold up what is fresh. */
static void
keep_house(struct relay *r, bool backlog)
{
	int64_t now = clock_mono_us(), gone = 0;

	if (now >= r->next_gauge_us) {
		r->next_gauge_us = now + GAUGE_MS * 1000;
		(void)in_bracket(r, TX_READ, gauge, NULL);
	}
	if (backlog || now < r->next_sweep_us)
		return;
	bool more = in_bracket(r, TX_WRITE, sweep, &gone) && gone > 0;
	r->next_sweep_us = more ? now : now + SWEEP_MS * 1000;
}

/* Sleeps until due, or woken while at work; false when the relay is to stop. */
static bool
wait_for_work(struct relay *r, int ms)
{
	struct timespec until;

	SURE(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	SURE(pthread_mutex_lock(&r->lock) == 0);
	while (!(r->woken && r->leads) && !r->stop &&
	    pthread_cond_timedwait(&r->wake, &r->lock, &until) != ETIMEDOUT)
		continue;
	r->woken = false;
	bool go_on = !r->stop;
	SURE(pthread_mutex_unlock(&r->lock) == 0);
	return go_on;
}

static void *
relay_run(void *arg)
{
	struct relay *r = arg;
	int wait_ms;

	do {
		bool at_work = leads(r), more = at_work && relay_batch(r);
		if (at_work)
			keep_house(r, more);
		arena_reset(r->mem);
		wait_ms = more ? 0 : at_work ? POLL_MS : FOLLOW_MS;
	} while (wait_for_work(r, wait_ms));
	return NULL;
}

static void
answer(void *arg, struct arena *mem, struct text question, struct buf *to)
{
	struct req rq;

	req_begin(&rq, arg, mem, TEXT("bus question"), STEP_MS);
	rq.tx = TX_READ;
	wire_respond(&rq, question, to);
	const struct err *e = db_close(&rq, true);
	if (e != NULL)
		log_err(&rq, LV_WARN, "outbox.question_failed", e);
	req_end(&rq);
}

static const struct err *
open_doors(struct req *rq, struct relay *r)
{
	const struct config_common *c = r->app->config;

	if (c->bus_listen != NULL && c->bus_listen[0] != '\0')
		TRY(bus_publisher_open(rq, &r->pub, c->bus_listen));
	if (c->outside_listen != NULL && c->outside_listen[0] != '\0')
		TRY(bus_publisher_open(rq, &r->outside, c->outside_listen));
	if (c->bus_ask_listen != NULL && c->bus_ask_listen[0] != '\0')
		TRY(bus_responder_open(rq, &r->rep, c->bus_ask_listen, RESPONDERS, answer, r->app));
	return NULL;
}

static void
relay_free(struct relay *r)
{
	bus_responder_close(&r->rep);
	bus_publisher_close(&r->outside);
	bus_publisher_close(&r->pub);
	SURE(pthread_cond_destroy(&r->wake) == 0 && pthread_mutex_destroy(&r->lock) == 0);
	buf_free(&r->message);
	buf_free(&r->load.bytes);
	arena_close(&r->mem);
	free(r);
}

const struct err *
relay_open(struct req *rq, struct relay **out, struct app *app)
{
	struct relay *r = calloc(1, sizeof(*r));
	pthread_condattr_t monotonic;

	SURE(r != NULL);
	*out = NULL;
	r->app = app;
	r->mem = arena_open(ARENA_BYTES);
	r->message = buf_heap(MESSAGE_BYTES);
	r->load.bytes = buf_heap(MESSAGE_BYTES);
	SURE(pthread_condattr_init(&monotonic) == 0 &&
	    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	SURE(pthread_mutex_init(&r->lock, NULL) == 0 &&
	    pthread_cond_init(&r->wake, &monotonic) == 0);
	SURE(pthread_condattr_destroy(&monotonic) == 0);
	const struct err *e = open_doors(rq, r);
	if (e != NULL) {
		relay_free(r);
		return e;
	}
	SURE(pthread_create(&r->thread, NULL, relay_run, r) == 0);
	*out = r;
	return NULL;
}

static void
tell(struct relay *r, bool stop)
{
	SURE(pthread_mutex_lock(&r->lock) == 0);
	r->woken = true;
	r->stop = r->stop || stop;
	SURE(pthread_cond_signal(&r->wake) == 0);
	SURE(pthread_mutex_unlock(&r->lock) == 0);
}

void
relay_wake(struct relay *r)
{
	tell(r, false);
}

void
relay_close(struct relay **r)
{
	if (*r == NULL)
		return;
	tell(*r, true);
	SURE(pthread_join((*r)->thread, NULL) == 0);
	db_session_close(&(*r)->session);
	relay_free(*r);
	*r = NULL;
}
