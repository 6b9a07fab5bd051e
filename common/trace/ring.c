/* The ring of spans: requests write, one thread empties. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/clock.h"
#include "common/metrics/metrics.h"
#include "common/trace/ring.h"

METRIC(dropped, COUNTER, "dure_trace_spans_dropped_total", "reason", "Spans that no collector will see");
METRIC(waiting, GAUGE, "dure_trace_spans_waiting", NULL, "Spans that the collector has not been sent yet");

static const char *const reasons[] = { "full", "refused", "stopped" };

/* Spans first … first + n − 1 (modulo room) wait. The lock is held for a copy and takes no other. */
struct trace_ring {
	pthread_mutex_t    lock;
	pthread_cond_t     changed;      /* as many are there as somebody waits for, or hurry */
	size_t             room, first, n, awaited;
	bool               hurry;
	struct span_record ring[];
};

struct trace_ring *
trace_open(size_t n_spans)
{
	struct trace_ring *r = calloc(1, sizeof(*r) + n_spans * sizeof(r->ring[0]));
	pthread_condattr_t monotonic;

	SURE(r != NULL && n_spans > 0);
	SURE(pthread_mutex_init(&r->lock, NULL) == 0 && pthread_condattr_init(&monotonic) == 0);
	SURE(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 && pthread_cond_init(&r->changed, &monotonic) == 0);
	(void)pthread_condattr_destroy(&monotonic);
	r->room = n_spans;
	for (size_t i = 0; i < COUNT_OF(reasons); i++)      /* so that the first of each is seen as an increase */
		metric_add(&dropped, reasons[i], 0);
	return r;
}

void
trace_close(struct trace_ring **ring)
{
	struct trace_ring *r = *ring;

	*ring = NULL;
	if (r == NULL)
		return;
	trace_dropped("stopped", r->n);
	SURE(pthread_cond_destroy(&r->changed) == 0 && pthread_mutex_destroy(&r->lock) == 0);
	free(r);
}

void
trace_dropped(const char *reason, size_t n)
{
	if (n > 0)
		metric_add(&dropped, reason, (int64_t)n);
}

void
trace_put(struct trace_ring *r, const struct span_record *span)
{
	bool full;

	SURE(pthread_mutex_lock(&r->lock) == 0);
	full = r->n == r->room;
	if (!full)
		r->ring[(r->first + r->n++) % r->room] = *span;
	metric_set(&waiting, NULL, (int64_t)r->n);
	if (r->n == r->awaited)
		SURE(pthread_cond_signal(&r->changed) == 0);
	SURE(pthread_mutex_unlock(&r->lock) == 0);
	trace_dropped("full", full ? 1 : 0);
}

/* Under the lock. */
static void
wait_for(struct trace_ring *r, size_t n, int64_t until_us)
{
	struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };

	r->awaited = n;
	while (!r->hurry && r->n < n && pthread_cond_timedwait(&r->changed, &r->lock, &until) != ETIMEDOUT)
		;
	r->awaited = 0;
}

size_t
trace_take(struct trace_ring *r, struct span_record *into, size_t most, int64_t until_us)
{
	size_t n;

	SURE(pthread_mutex_lock(&r->lock) == 0);
	wait_for(r, most, until_us);
	n = r->n < most ? r->n : most;
	for (size_t i = 0; i < n; i++)
		into[i] = r->ring[(r->first + i) % r->room];
	r->first = (r->first + n) % r->room;
	r->n -= n;
	metric_set(&waiting, NULL, (int64_t)r->n);
	SURE(pthread_mutex_unlock(&r->lock) == 0);
	return n;
}

void
trace_rest(struct trace_ring *r, int64_t until_us)
{
	SURE(pthread_mutex_lock(&r->lock) == 0);
	wait_for(r, SIZE_MAX, until_us);
	SURE(pthread_mutex_unlock(&r->lock) == 0);
}

void
trace_hurry(struct trace_ring *r)
{
	SURE(pthread_mutex_lock(&r->lock) == 0);
	r->hurry = true;
	SURE(pthread_cond_signal(&r->changed) == 0 && pthread_mutex_unlock(&r->lock) == 0);
}
