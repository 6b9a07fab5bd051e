/* /metrics: the Prometheus text format (version 0.0.4). */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/text.h"
#include "common/metrics/list.h"

enum { PROBES_MAX = 32 };

struct probe { void (*call)(void *arg); void *arg; };

/* Of the probes; taken alone, not held while one runs. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct probe probes[PROBES_MAX];
static size_t n_probes;
static const char *build_version, *build_commit;

void
metric_probe(void (*call)(void *arg), void *arg)
{
	SURE(pthread_mutex_lock(&lock) == 0);
	SURE(n_probes < PROBES_MAX);
	probes[n_probes++] = (struct probe){ call, arg };
	SURE(pthread_mutex_unlock(&lock) == 0);
}

void
metrics_build(const char *version, const char *commit)
{
	build_version = version;
	build_commit = commit;
	metrics_of_process(NULL);
	metric_probe(metrics_of_process, NULL);
}

static void
run_probes(void)
{
	struct probe now[PROBES_MAX];
	size_t n;

	SURE(pthread_mutex_lock(&lock) == 0);
	n = n_probes;
	memcpy(now, probes, n * sizeof(now[0]));
	SURE(pthread_mutex_unlock(&lock) == 0);
	for (size_t i = 0; i < n; i++)
		now[i].call(now[i].arg);
}

/* A quote is escaped in label values only; in a help text it stands as it is. */
static void
put_escaped(struct buf *out, const char *text, bool quote)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buf_str(out, "\\n");
			continue;
		}
		if (*text == '\\' || (*text == '"' && quote))
			buf_byte(out, '\\');
		buf_byte(out, (uint8_t)*text);
	}
}

/* name="value" */
static void
put_label(struct buf *out, struct text name, const char *value)
{
	buf_text(out, name);
	buf_str(out, "=\"");
	put_escaped(out, value, true);
	buf_byte(out, '"');
}

/* All labels of a series, between the braces. */
static void
put_inner(struct buf *out, const struct metric *m, const struct metric_series *s)
{
	struct text names = text_of(m->labels);

	for (size_t i = 0; names.len > 0; i++) {
		if (i > 0)
			buf_byte(out, ',');
		put_label(out, text_cut(&names, ','), s->values[i]);
	}
}

static void
put_labels(struct buf *out, const struct metric *m, const struct metric_series *s)
{
	if (m->labels == NULL)
		return;
	buf_byte(out, '{');
	put_inner(out, m, s);
	buf_byte(out, '}');
}

static void
put_seconds(struct buf *out, int64_t us)
{
	buf_i64(out, us / 1000000);
	buf_printf(out, ".%06d", (int)(us % 1000000));
}

/* 2500 becomes 0.0025, 1000000 becomes 1: no zeros that say nothing. */
static void
put_bound(struct buf *out, int64_t us)
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%lld.%06d", (long long)(us / 1000000),
	    (int)(us % 1000000));

	while (n > 0 && digits[n - 1] == '0')
		n--;
	n -= n > 0 && digits[n - 1] == '.';
	buf_put(out, digits, (size_t)n);
}

static void
put_bucket(struct buf *out, const struct metric *m, const struct metric_series *s, int i, int64_t n)
{
	buf_str(out, m->name);
	buf_str(out, "_bucket{");
	if (m->labels != NULL) {
		put_inner(out, m, s);
		buf_byte(out, ',');
	}
	buf_str(out, "le=\"");
	if (i < METRIC_BUCKETS)
		put_bound(out, metric_bucket_us[i]);
	else
		buf_str(out, "+Inf");
	buf_printf(out, "\"} %lld\n", (long long)n);
}

/* The buckets are read one after the other while others add: the count is never below the last of
 * them, and equals +Inf, as readers of the format expect. */
static void
put_histogram(struct buf *out, const struct metric *m, const struct metric_series *s)
{
	int64_t n = 0, count;

	for (int i = 0; i < METRIC_BUCKETS; i++) {
		n += __atomic_load_n(&s->bucket[i], __ATOMIC_RELAXED);
		put_bucket(out, m, s, i, n);
	}
	count = __atomic_load_n(&s->value, __ATOMIC_RELAXED);
	count = count < n ? n : count;
	put_bucket(out, m, s, METRIC_BUCKETS, count);
	buf_str(out, m->name);
	buf_str(out, "_sum");
	put_labels(out, m, s);
	buf_byte(out, ' ');
	put_seconds(out, __atomic_load_n(&s->sum_us, __ATOMIC_RELAXED));
	buf_printf(out, "\n%s_count", m->name);
	put_labels(out, m, s);
	buf_printf(out, " %lld\n", (long long)count);
}

static void
put_value(struct buf *out, const struct metric *m, const struct metric_series *s)
{
	int64_t value = __atomic_load_n(&s->value, __ATOMIC_RELAXED);

	buf_str(out, m->name);
	put_labels(out, m, s);
	buf_byte(out, ' ');
	if (m->kind == METRIC_SECONDS || m->kind == METRIC_SECONDS_TOTAL)
		put_seconds(out, value);
	else
		buf_i64(out, value);
	buf_byte(out, '\n');
}

static void
put_head(struct buf *out, const char *name, const char *help, const char *type)
{
	buf_printf(out, "# HELP %s ", name);
	put_escaped(out, help, false);
	buf_printf(out, "\n# TYPE %s %s\n", name, type);
}

static const char *
type_of(const struct metric *m)
{
	if (m->kind == METRIC_HISTOGRAM)
		return "histogram";
	return m->kind == METRIC_COUNTER || m->kind == METRIC_SECONDS_TOTAL ? "counter" : "gauge";
}

static void
put_metric(struct buf *out, const struct metric *m)
{
	const struct metric_series *s = __atomic_load_n(&m->first, __ATOMIC_ACQUIRE);

	if (s == NULL)
		return;
	put_head(out, m->name, m->help, type_of(m));
	for (; s != NULL; s = __atomic_load_n(&s->next, __ATOMIC_ACQUIRE)) {
		if (m->kind == METRIC_HISTOGRAM)
			put_histogram(out, m, s);
		else
			put_value(out, m, s);
	}
}

static void
put_build(struct buf *out)
{
	put_head(out, "dure_build_info", "what this process was built from", "gauge");
	buf_str(out, "dure_build_info{");
	put_label(out, TEXT("version"), build_version);
	buf_byte(out, ',');
	put_label(out, TEXT("commit"), build_commit);
	buf_str(out, "} 1\n");
}

void
metrics_write(struct buf *out)
{
	run_probes();
	if (build_version != NULL)
		put_build(out);
	for (const struct metric *m = metrics_declared(); m != NULL; m = m->next)
		put_metric(out, m);
}
