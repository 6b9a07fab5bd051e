/* What waits and what was given up, as gauges: counted every few seconds by one of the workers, not when asked for. */
#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/jobs/worker.h"
#include "common/metrics/metrics.h"
#include "gen/common/jobs/jobs.sql.h"

enum { COUNT_EVERY_US = 5000000 };

METRIC(due, GAUGE, "dure_jobs_due", "kind",
    "Jobs that could run now and wait for a worker, in the whole service; counted to 10,000");
METRIC(oldest, SECONDS, "dure_jobs_oldest_due_seconds", "kind", "How long the first of them has waited");
METRIC(parked, GAUGE, "dure_jobs_parked", "kind", "Jobs that were given up and wait for an operator, in the whole service");

static bool
is_due(struct jobs *j)
{
	int64_t now = clock_mono_us();
	bool is_due;

	(void)pthread_mutex_lock(&j->lock);
	is_due = now >= j->next_count_us;
	if (is_due)
		j->next_count_us = now + COUNT_EVERY_US;
	(void)pthread_mutex_unlock(&j->lock);
	return is_due;
}

/* A kind that is not in rows has none. */
static void
tell(const char *kind, const struct sql_job_counts_row *rows, size_t n, int64_t now_us)
{
	static const struct sql_job_counts_row none;
	const struct sql_job_counts_row *row = &none;

	for (size_t i = 0; i < n; i++)
		if (text_is(rows[i].kind, kind))
			row = &rows[i];
	metric_set(&due, kind, row->due);
	metric_set(&parked, kind, row->parked);
	metric_set_us(&oldest, kind, row->has_oldest ? now_us - row->oldest : 0);
}

const struct err *
jobs_count(struct jobs *j, struct req *rq)
{
	struct sql_job_counts_row *rows;
	size_t n;

	if (!is_due(j))
		return NULL;
	TRY(sql_job_counts(rq, rq->now_us, &rows, &n));
	for (size_t i = 0; i < j->n_types; i++)
		tell(j->types[i].kind, rows, n, rq->now_us);
	return j->app->gauge != NULL && j == j->app->jobs ? j->app->gauge(rq) : NULL;
}
