/* Metrics: adding is an atomic addition, making a new series takes the lock. */
#include "common/metrics/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics/list.h"

/* Guards the making of series and the list of metrics; taken alone, held over nothing that
 * waits. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric *in_use;      /* __atomic; newest first, only grows */

/* Upper ends in microseconds; metrics/write.c prints them as seconds. What is longer counts only in
 * +Inf. */
const int64_t metric_bucket_us[METRIC_BUCKETS] = {
	1000, 2500, 5000, 10000, 25000, 50000, 100000,
	250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000,
};

const struct metric *
metrics_in_use(void)
{
	return __atomic_load_n(&in_use, __ATOMIC_ACQUIRE);
}

static struct metric_series *
find(struct metric *m, const char *label)
{
	int n = __atomic_load_n(&m->n_series, __ATOMIC_ACQUIRE);

	for (int i = 0; i < n; i++) {
		if (strcmp(m->series[i].label, label) == 0)
			return &m->series[i];
	}
	return NULL;
}

/* The label is complete before n_series tells of the series, and never changes afterwards. */
static struct metric_series *
append(struct metric *m, const char *label)
{
	struct metric_series *s = &m->series[m->n_series];

	s->label = strdup(label);
	SURE(s->label != NULL);
	__atomic_store_n(&m->n_series, m->n_series + 1, __ATOMIC_RELEASE);
	return s;
}

/* The last place is kept for "other". */
static struct metric_series *
make(struct metric *m, const char *label)
{
	struct metric_series *s;

	SURE(pthread_mutex_lock(&lock) == 0);
	if (m->n_series == 0) {
		m->next = in_use;
		__atomic_store_n(&in_use, m, __ATOMIC_RELEASE);
	}
	s = find(m, label);
	if (s == NULL && m->n_series < METRIC_SERIES - 1)
		s = append(m, label);
	if (s == NULL)
		s = find(m, "other");
	if (s == NULL)
		s = append(m, "other");
	SURE(pthread_mutex_unlock(&lock) == 0);
	return s;
}

static struct metric_series *
series(struct metric *m, const char *label)
{
	struct metric_series *s;

	if (m->label == NULL || label == NULL)
		label = "";
	s = find(m, label);
	return s != NULL ? s : make(m, label);
}

void
metric_add(struct metric *m, const char *label, int64_t n)
{
	SURE(m->kind != METRIC_HISTOGRAM_MS && (m->kind == METRIC_GAUGE || n >= 0));
	__atomic_fetch_add(&series(m, label)->value, n, __ATOMIC_RELAXED);
}

void
metric_set(struct metric *m, const char *label, int64_t n)
{
	SURE(m->kind == METRIC_GAUGE);
	__atomic_store_n(&series(m, label)->value, n, __ATOMIC_RELAXED);
}

void
metric_observe_us(struct metric *m, const char *label, int64_t us)
{
	struct metric_series *s = series(m, label);
	int i = 0;

	SURE(m->kind == METRIC_HISTOGRAM_MS);
	us = us < 0 ? 0 : us;
	while (i < METRIC_BUCKETS && us > metric_bucket_us[i])
		i++;
	if (i < METRIC_BUCKETS)
		__atomic_fetch_add(&s->bucket[i], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->sum_us, us, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->value, 1, __ATOMIC_RELAXED);
}
