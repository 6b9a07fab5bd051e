/* The access log: a ring that requests write and one thread empties. */
#include "services/gateway/access/log.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "services/gateway/access/row.h"
#include "services/gateway/forward.h"

/* ROWS: a second of a busy gateway, 6 MB. BATCH: what auth takes at once. The last rows of a process get CLOSE_US. */
enum { ROWS = 8192, BATCH = 500, SEND_MS = 2000, MEM_BYTES = 8 << 20 };
static const int64_t WAIT_US = 1000000, CLOSE_US = 3000000;

METRIC(told, COUNTER, "dure_gateway_access_log_rows_total", "outcome", "Rows of the access log, by what became of them");
METRIC(waiting, GAUGE, "dure_gateway_access_log_waiting", NULL, "Rows of the access log that auth has not been told yet");
METRIC(room, GAUGE, "dure_gateway_access_log_waiting_max", NULL, "Rows that may wait; one more is dropped");

/* Rows first … first + n − 1 (modulo ROWS) wait; under lock, which is held for a copy only. */
struct access_log {
	struct app       *app;
	pthread_t         thread;
	pthread_mutex_t   lock;
	pthread_cond_t    changed;      /* a batch is full, or it is time to stop */
	size_t            first, n;
	int64_t           stop_us;      /* 0: goes on; else sending ends then at the latest */
	struct access_row ring[ROWS], batch[BATCH];      /* batch is the thread's own */
};

static struct timespec
spec_of(int64_t mono_us)
{
	return (struct timespec){ .tv_sec = mono_us / 1000000, .tv_nsec = mono_us % 1000000 * 1000 };
}

/* Waits up to a second for a full batch (or, to_retry, just that long), not at all when it is time to stop. */
static void
wait_a_second(struct access_log *l, bool to_retry)
{
	struct timespec until = spec_of(clock_mono_us() + WAIT_US);

	while (l->stop_us == 0 && (to_retry || l->n < BATCH))
		if (pthread_cond_timedwait(&l->changed, &l->lock, &until) == ETIMEDOUT)
			return;
}

/* How many rows are in l->batch now; 0: nothing came within a second. */
static size_t
take(struct access_log *l, bool *stop)
{
	size_t n;

	SURE(pthread_mutex_lock(&l->lock) == 0);
	wait_a_second(l, false);
	n = l->n < BATCH ? l->n : BATCH;
	for (size_t i = 0; i < n; i++)
		l->batch[i] = l->ring[(l->first + i) % ROWS];
	l->first = (l->first + n) % ROWS;
	l->n -= n;
	*stop = l->stop_us != 0 && (n == 0 || clock_mono_us() >= l->stop_us);
	metric_set(&waiting, NULL, (int64_t)l->n);
	SURE(pthread_mutex_unlock(&l->lock) == 0);
	return n;
}

enum outcome { SENT, UNSENT, KNOWN };

/* KNOWN: auth has some of the rows, and keeps none unless it is told that it may. */
static enum outcome
send_once(struct access_log *l, struct arena *mem, size_t n, bool again)
{
	static const int conflict = 409;
	struct upstream_answer answer = { .status = 0 };
	struct buf body = buf_in(mem, MEM_BYTES);
	const struct err *e;
	struct req rq;

	req_begin(&rq, l->app, mem, TEXT("access log"), SEND_MS);
	access_rows_write(&body, l->batch, n, again);
	e = forward_internal(&rq, "POST", TEXT("/internal/access-log"), buf_as_text(&body), &answer);
	if (e == NULL && answer.status / 100 != 2)
		e = FAIL(&rq, UPSTREAM, "access_log.status", "auth answered %d for %zu rows", answer.status, n);
	if (e != NULL && answer.status != conflict)
		log_err(&rq, LV_WARN, "access_log.not_sent", e);
	req_end(&rq);
	arena_reset(mem);
	return e == NULL ? SENT : answer.status == conflict ? KNOWN : UNSENT;
}

/* Once more with the same rows: auth knows those it has by their request id and time. A caller who gives two requests one
 * id in the same microsecond holds nobody up. */
static void
send_batch(struct access_log *l, struct arena *mem, size_t n)
{
	enum outcome how = send_once(l, mem, n, false);

	if (how == UNSENT) {
		SURE(pthread_mutex_lock(&l->lock) == 0);
		wait_a_second(l, true);
		SURE(pthread_mutex_unlock(&l->lock) == 0);
	}
	if (how != SENT)
		how = send_once(l, mem, n, true);
	metric_add(&told, how == SENT ? "sent" : "unsent", (int64_t)n);
}

static void *
run(void *arg)
{
	struct arena *mem = arena_open(MEM_BYTES);
	struct access_log *l = arg;
	bool stop = false;

	while (!stop) {
		size_t n = take(l, &stop);

		if (n > 0)
			send_batch(l, mem, n);
	}
	arena_close(&mem);
	return NULL;
}

struct access_log *
access_log_open(struct app *app)
{
	struct access_log *l = calloc(1, sizeof(*l));
	pthread_condattr_t monotonic;

	SURE(l != NULL && pthread_mutex_init(&l->lock, NULL) == 0 && pthread_condattr_init(&monotonic) == 0);
	SURE(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 && pthread_cond_init(&l->changed, &monotonic) == 0);
	(void)pthread_condattr_destroy(&monotonic);
	l->app = app;
	metric_set(&room, NULL, ROWS);
	metric_add(&told, "unsent", 0);
	metric_add(&told, "dropped", 0);
	SURE(pthread_create(&l->thread, NULL, run, l) == 0);
	return l;
}

void
access_log_close(struct access_log **owner)
{
	struct access_log *l = *owner;

	if (l == NULL)
		return;
	SURE(pthread_mutex_lock(&l->lock) == 0);
	l->stop_us = clock_mono_us() + CLOSE_US;
	SURE(pthread_cond_signal(&l->changed) == 0 && pthread_mutex_unlock(&l->lock) == 0);
	SURE(pthread_join(l->thread, NULL) == 0);
	metric_add(&told, "unsent", (int64_t)l->n);
	SURE(pthread_cond_destroy(&l->changed) == 0 && pthread_mutex_destroy(&l->lock) == 0);
	free(l);
	*owner = NULL;
}

void
access_log_put(struct access_log *l, const struct req *rq, const struct http_request *in, int status, int64_t took_us)
{
	struct access_row row;
	bool full;

	if (l == NULL)
		return;
	access_row_fill(&row, rq, in, status, took_us);
	SURE(pthread_mutex_lock(&l->lock) == 0);
	full = l->n == ROWS;
	if (!full)
		l->ring[(l->first + l->n++) % ROWS] = row;
	if (l->n == BATCH)
		SURE(pthread_cond_signal(&l->changed) == 0);
	SURE(pthread_mutex_unlock(&l->lock) == 0);
	if (full)
		metric_add(&told, "dropped", 1);
}
