/* Metrics: adding is an atomic addition, making a new series takes the lock. */
#include "common/metrics/metrics.h"

#include <pthread.h>
#include <string.h>

#include "common/metrics/list.h"
#include "common/core/memory.h"

/* More than twice what METRIC_LINES and an "other" for each metric come to, so that a look-up ends soon. */
enum { TABLE = 4096 };

/* Guards the making of series; taken alone, held over nothing that waits. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric_series *table[TABLE];      /* by hash, the next free place after it; __atomic */
static int lines;
static struct metric *declared, *declared_last;

/* Upper ends in microseconds; metrics/write.c prints them as seconds. What is longer counts only in
 * +Inf. */
const int64_t metric_bucket_us[METRIC_BUCKETS] = {
	1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

/* A series as it is asked for. */
struct wanted { struct metric *m; const char *first, *second; size_t at; };

void
metric_declare(struct metric *m)
{
	if (declared == NULL)
		declared = m;
	else
		declared_last->next = m;
	declared_last = m;
	if (m->labels == NULL && m->kind == METRIC_COUNTER)
		metric_add(m, NULL, 0);
}

const struct metric *
metrics_declared(void)
{
	return declared;
}

/* FNV-1a over the metric itself and both values. */
static struct wanted
want(struct metric *m, const char *first, const char *second)
{
	bool one = m->labels != NULL, two = one && strchr(m->labels, ',') != NULL;
	struct wanted w = { m, one && first != NULL ? first : "", two && second != NULL ? second : "", 0 };
	uint64_t h = (UINT64_C(14695981039346656037) ^ (uintptr_t)m) * UINT64_C(1099511628211);

	for (const char *c = w.first; *c != '\0'; c++)
		h = (h ^ (uint8_t)*c) * UINT64_C(1099511628211);
	h *= UINT64_C(1099511628211);
	for (const char *c = w.second; *c != '\0'; c++)
		h = (h ^ (uint8_t)*c) * UINT64_C(1099511628211);
	w.at = (h ^ h >> 32) % TABLE;
	return w;
}

static bool
is_wanted(const struct metric_series *s, const struct wanted *w)
{
	return s->of == w->m && strcmp(s->values[0], w->first) == 0 && strcmp(s->values[1], w->second) == 0;
}

/* NULL: there is none, and *place is where it would stand. */
static struct metric_series *
find(const struct wanted *w, size_t *place)
{
	struct metric_series *s;

	*place = w->at;
	while ((s = __atomic_load_n(&table[*place], __ATOMIC_ACQUIRE)) != NULL && !is_wanted(s, w))
		*place = (*place + 1) % TABLE;
	return s;
}

static int
lines_of(const struct metric *m)
{
	return m->kind == METRIC_HISTOGRAM ? METRIC_BUCKETS + 3 : 1;
}

/* One place of the metric's is kept for "other". */
static bool
has_room(const struct metric *m)
{
	int most = m->labels != NULL && strchr(m->labels, ',') != NULL ? METRIC_SERIES_2 : METRIC_SERIES;

	return m->labels == NULL || (m->n_series < most - 1 && lines + lines_of(m) <= METRIC_LINES);
}

static struct metric_series *
append(const struct wanted *w, size_t place)
{
	size_t buckets = w->m->kind == METRIC_HISTOGRAM ? METRIC_BUCKETS : 0;
	struct metric_series *s = memory_zero(1, sizeof(*s) + buckets * sizeof(s->bucket[0]));

	SURE(s != NULL);
	s->of = w->m;
	s->values[0] = memory_copy(w->first);
	s->values[1] = memory_copy(w->second);
	SURE(s->values[0] != NULL && s->values[1] != NULL);
	__atomic_store_n(&table[place], s, __ATOMIC_RELEASE);
	__atomic_store_n(w->m->last == NULL ? &w->m->first : &w->m->last->next, s, __ATOMIC_RELEASE);
	w->m->last = s;
	w->m->n_series++;
	lines += lines_of(w->m);
	return s;
}

static struct metric_series *
make(const struct wanted *w)
{
	struct wanted other = want(w->m, "other", "other");
	struct metric_series *s;
	size_t place;

	SURE(pthread_mutex_lock(&lock) == 0);
	s = find(w, &place);
	if (s == NULL && has_room(w->m))
		s = append(w, place);
	if (s == NULL)
		s = find(&other, &place);
	if (s == NULL)
		s = append(&other, place);
	SURE(pthread_mutex_unlock(&lock) == 0);
	return s;
}

static struct metric_series *
series(struct metric *m, const char *first, const char *second)
{
	struct metric_series *s = m->labels == NULL ? __atomic_load_n(&m->first, __ATOMIC_ACQUIRE) : NULL;
	struct wanted w;
	size_t place;

	if (s != NULL)
		return s;
	w = want(m, first, second);
	s = find(&w, &place);
	return s != NULL ? s : make(&w);
}

void
metric_add2(struct metric *m, const char *first, const char *second, int64_t n)
{
	SURE(m->kind == METRIC_GAUGE || (m->kind == METRIC_COUNTER && n >= 0));
	__atomic_fetch_add(&series(m, first, second)->value, n, __ATOMIC_RELAXED);
}

void
metric_add(struct metric *m, const char *label, int64_t n)
{
	metric_add2(m, label, NULL, n);
}

static void
set(struct metric *m, const char *label, int64_t n)
{
	__atomic_store_n(&series(m, label, NULL)->value, n, __ATOMIC_RELAXED);
}

void
metric_set(struct metric *m, const char *label, int64_t n)
{
	SURE(m->kind == METRIC_GAUGE);
	set(m, label, n);
}

void
metric_set_total(struct metric *m, const char *label, int64_t n)
{
	SURE(m->kind == METRIC_COUNTER);
	set(m, label, n);
}

void
metric_set_us(struct metric *m, const char *label, int64_t us)
{
	SURE(m->kind == METRIC_SECONDS || m->kind == METRIC_SECONDS_TOTAL);
	set(m, label, us < 0 ? 0 : us);
}

void
metric_observe_us(struct metric *m, const char *label, int64_t us)
{
	struct metric_series *s;
	int i = 0;

	SURE(m->kind == METRIC_HISTOGRAM);
	s = series(m, label, NULL);
	us = us < 0 ? 0 : us;
	while (i < METRIC_BUCKETS && us > metric_bucket_us[i])
		i++;
	if (i < METRIC_BUCKETS)
		__atomic_fetch_add(&s->bucket[i], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->sum_us, us, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->value, 1, __ATOMIC_RELAXED);
}
