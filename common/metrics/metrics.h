/* Counters, gauges and histograms in the Prometheus text format.
 *
 * A metric is declared beside its use by METRIC and known from the start of the process: a counter without labels
 * stands at 0 before anything was counted. A series is a metric with a value for each of its label names, out of a
 * bounded set: never what a caller sent. Adding is lock-free once its series is there. */
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H
#include "common/core/base.h"
struct buf;

/* SECONDS is a gauge and SECONDS_TOTAL a counter that are kept in microseconds and written in seconds. */
enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_SECONDS, METRIC_SECONDS_TOTAL };
/* A metric with one label has at most SERIES series, one with two SERIES_2, and a process writes at most LINES lines
 * (a histogram's series is BUCKETS + 3); a label value past any of these is counted in "other". */
enum { METRIC_SERIES = 128, METRIC_SERIES_2 = 512, METRIC_LINES = 1700, METRIC_BUCKETS = 13 };

struct metric_series;
struct metric {
	const char           *name;        /* "dure_http_requests_total": base units, counters end in _total */
	enum metric_kind      kind;
	const char           *labels;      /* NULL, "route" or "route,status" */
	const char           *help;
	struct metric_series *first, *last;      /* in the order of their making; it only grows */
	int                   n_series;
	struct metric        *next;              /* of those that were declared */
};
#define METRIC(var, kind, name, labels, help) \
	static struct metric var; \
	__attribute__((constructor)) static void var##_declare(void) { metric_declare(&var); } \
	static struct metric var = { name, METRIC_##kind, labels, help, NULL, NULL, 0, NULL }

/* For METRIC alone: before main(), once for each. */
void metric_declare(struct metric *m);

/* A label is ignored where the metric has none. Adding 0 makes a series be there before its first event, so that its
 * first event is seen as an increase. */
void metric_add(struct metric *m, const char *label, int64_t n);
void metric_add2(struct metric *m, const char *first, const char *second, int64_t n);
void metric_set(struct metric *m, const char *label, int64_t n);
/* A counter that is kept elsewhere and only grows. */
void metric_set_total(struct metric *m, const char *label, int64_t n);
/* Of SECONDS and SECONDS_TOTAL; less than nothing is nothing. */
void metric_set_us(struct metric *m, const char *label, int64_t us);
void metric_observe_us(struct metric *m, const char *label, int64_t us);

/* Gauges that are read when asked for: called by metrics_write() just before writing, in the order of
 * their registration, at most 32. probe and arg live as long as the process. Nothing in it waits. */
void metric_probe(void (*probe)(void *arg), void *arg);
void metrics_write(struct buf *out);
/* dure_build_info{version,commit} 1 and what every process tells of itself (process_…). Once, at start-up; the
 * strings live as long as the process. */
void metrics_build(const char *version, const char *commit);
#endif
