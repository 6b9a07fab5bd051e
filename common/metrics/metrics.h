/* Counters, gauges and histograms in the Prometheus text format.
 *
 * A metric is a static object declared beside its use and listed once in the service's or room's
 * table; a series is a metric with at most one label value out of a bounded set (64 per metric, more
 * fall into "other"). Adding is lock-free after the first use of a label value. */
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H
#include "common/core/base.h"
struct buf;

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM_MS };
enum { METRIC_SERIES = 64, METRIC_BUCKETS = 14 };

/* value: the count or gauge; of a histogram, how many were observed. bucket: those that fell into each. */
struct metric_series { const char *label; int64_t value; int64_t sum_us; int64_t bucket[METRIC_BUCKETS]; };
struct metric {
	const char          *name;        /* "dure_http_requests_total"; histograms "…_seconds" */
	enum metric_kind     kind;
	const char          *label;       /* label name or NULL */
	const char          *help;
	struct metric_series series[METRIC_SERIES];
	int                  n_series;
	struct metric       *next;        /* list of those in use; made at the first use */
};
#define METRIC(var, kind, name, label, help) static struct metric var = { name, METRIC_##kind, label, help, { { 0 } }, 0, NULL }

void metric_add(struct metric *m, const char *label, int64_t n);
void metric_set(struct metric *m, const char *label, int64_t n);
void metric_observe_us(struct metric *m, const char *label, int64_t us);
/* Gauges that are read when asked for: called by metrics_write() just before writing, in the order of
 * their registration, at most 32. probe and arg live as long as the process. */
void metric_probe(void (*probe)(void *arg), void *arg);
void metrics_write(struct buf *out);
/* dure_build_info{service,version,commit} 1. Once, at start-up; the strings live as long as the process. */
void metrics_build(const char *service, const char *version, const char *commit);
#endif
