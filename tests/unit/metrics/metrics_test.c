/* Metrics and their text format. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/core/buf.h"
#include "common/metrics/metrics.h"

METRIC(orders, COUNTER, "dure_orders_total", NULL, "orders taken \\ placed\nso far");
METRIC(by_kind, COUNTER, "dure_things_total", "kind", "things \"seen\"");
METRIC(pool, GAUGE, "dure_pool_free", "pool", "connections free");
METRIC(waits, HISTOGRAM, "dure_wait_seconds", "door", "how long it took");
METRIC(unused, COUNTER, "dure_unused_total", NULL, "never added to");
METRIC(unset, GAUGE, "dure_unset", NULL, "never set");
METRIC(by_door, COUNTER, "dure_door_things_total", "door,kind", "things that passed a door");
METRIC(age, SECONDS, "dure_age_seconds", NULL, "how old");
METRIC(elsewhere, COUNTER, "dure_elsewhere_total", NULL, "counted elsewhere");
METRIC(door_waits, HISTOGRAM, "dure_door_wait_seconds", "door", "how long it took");

static struct buf page;

static const char *
written(void)
{
	page = buf_heap(1 << 20);
	metrics_write(&page);
	buf_byte(&page, '\0');
	cr_assert_not(page.overflow);
	return page.at;
}

static void
has(const char *line)
{
	cr_assert_not_null(strstr(written(), line), "%s\nis not in\n%s", line, page.at);
	buf_free(&page);
}

Test(metrics, counters_and_gauges_are_written_with_help_and_type)
{
	metric_add(&orders, NULL, 2);
	metric_add(&orders, "ignored without a label name", 3);
	metric_add(&by_kind, "a\"b\\c\nd", 1);
	metric_set(&pool, "pg", 8);
	metric_add(&pool, "pg", -3);
	has("# HELP dure_orders_total orders taken \\\\ placed\\nso far\n# TYPE dure_orders_total counter\ndure_orders_total 5\n");
	has("# HELP dure_things_total things \"seen\"\n");
	has("dure_things_total{kind=\"a\\\"b\\\\c\\nd\"} 1\n");
	has("# TYPE dure_pool_free gauge\ndure_pool_free{pool=\"pg\"} 5\n");
	has("# HELP dure_unused_total never added to\n# TYPE dure_unused_total counter\ndure_unused_total 0\n");
	cr_assert_null(strstr(written(), "unset"));
	buf_free(&page);
	(void)unused;
	(void)unset;
}

Test(metrics, two_labels_make_a_series_each)
{
	metric_add2(&by_door, "front", "parcel", 2);
	metric_add2(&by_door, "frontpar", "cel", 1);
	metric_add2(&by_door, "front", "letter", 0);
	metric_add2(&by_door, "front", "parcel", 3);
	has("# TYPE dure_door_things_total counter\ndure_door_things_total{door=\"front\",kind=\"parcel\"} 5\n"
	    "dure_door_things_total{door=\"frontpar\",kind=\"cel\"} 1\n"
	    "dure_door_things_total{door=\"front\",kind=\"letter\"} 0\n");
}

Test(metrics, microseconds_are_written_in_seconds)
{
	metric_set_us(&age, NULL, 1500000);
	has("# TYPE dure_age_seconds gauge\ndure_age_seconds 1.500000\n");
	metric_set_us(&age, NULL, -1);
	has("dure_age_seconds 0.000000\n");
}

Test(metrics, a_counter_kept_elsewhere_is_written_as_it_stands)
{
	metric_set_total(&elsewhere, NULL, 7);
	metric_set_total(&elsewhere, NULL, 9);
	has("# TYPE dure_elsewhere_total counter\ndure_elsewhere_total 9\n");
}

Test(metrics, histograms_count_up_to_each_bound_in_seconds)
{
	metric_observe_us(&waits, "x", 1000);
	metric_observe_us(&waits, "x", 1001);
	metric_observe_us(&waits, "x", 2000000);
	metric_observe_us(&waits, "x", 60000000);
	metric_observe_us(&waits, "x", -5);
	has("# TYPE dure_wait_seconds histogram\ndure_wait_seconds_bucket{door=\"x\",le=\"0.001\"} 2\n"
	    "dure_wait_seconds_bucket{door=\"x\",le=\"0.0025\"} 3\n");
	has("le=\"1\"} 3\ndure_wait_seconds_bucket{door=\"x\",le=\"2.5\"} 4\n");
	has("le=\"10\"} 4\ndure_wait_seconds_bucket{door=\"x\",le=\"+Inf\"} 5\n"
	    "dure_wait_seconds_sum{door=\"x\"} 62.002001\ndure_wait_seconds_count{door=\"x\"} 5\n");
}

Test(metrics, label_values_are_bounded_and_the_rest_is_other)
{
	char label[16];
	int n = 0;

	for (int i = 0; i < 200; i++) {
		(void)snprintf(label, sizeof(label), "k%d", i);
		metric_add(&by_kind, label, 1);
	}
	for (const char *at = written(); (at = strstr(at, "dure_things_total{")) != NULL; at++)
		n++;
	buf_free(&page);
	cr_assert_eq(n, METRIC_SERIES);
	has("dure_things_total{kind=\"k126\"} 1\n");
	has("dure_things_total{kind=\"other\"} 73\n");
}

/* Whatever is counted, the page stays below 2,000 series. */
Test(metrics, a_process_writes_a_bounded_number_of_lines)
{
	char label[16];
	int n = 0;

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(label, sizeof(label), "k%d", i);
		metric_observe_us(&waits, label, 1000);
		metric_observe_us(&door_waits, label, 1000);
		metric_add2(&by_door, label, label, 1);
		metric_add(&by_kind, label, 1);
	}
	for (const char *at = written(); (at = strchr(at, '\n')) != NULL; at++)
		n += at[1] != '#' && at[1] != '\0';
	buf_free(&page);
	cr_assert_gt(n, METRIC_LINES - METRIC_BUCKETS);
	cr_assert_lt(n, 2000);
	has("dure_door_wait_seconds_count{door=\"other\"} ");
	has("dure_door_things_total{door=\"other\",kind=\"other\"} ");
}

static void *
add_many(void *arg)
{
	char label[16];

	for (int i = 0; i < 100000; i++) {
		(void)snprintf(label, sizeof(label), "k%d", i % 20);
		metric_add(&by_kind, label, 1);
		metric_add(&orders, NULL, 1);
		if (i % 100 == 0)
			metric_observe_us(&waits, label, i);
	}
	return arg;
}

Test(metrics, nothing_is_lost_between_threads)
{
	pthread_t t[4];

	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&t[i], NULL, add_many, NULL), 0);
	buf_free((written(), &page));
	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(pthread_join(t[i], NULL), 0);
	has("dure_orders_total 400000\n");
	has("dure_things_total{kind=\"k19\"} 20000\n");
}

static void
read_pool(void *arg)
{
	metric_set(&pool, "probed", *(int *)arg);
}

Test(metrics, probes_are_asked_before_writing)
{
	static int free_now = 3;

	metric_probe(read_pool, &free_now);
	has("dure_pool_free{pool=\"probed\"} 3\n");
	free_now = 4;
	has("dure_pool_free{pool=\"probed\"} 4\n");
}

Test(metrics, the_build_is_told)
{
	metrics_build("1.0", "abc");
	has("# TYPE dure_build_info gauge\ndure_build_info{version=\"1.0\",commit=\"abc\"} 1\n");
}

static long long
value_of(const char *name)
{
	char line[64];
	long long n;

	(void)snprintf(line, sizeof(line), "\n%s ", name);
	const char *at = strstr(written(), line);

	cr_assert_not_null(at, "%s is not in\n%s", name, page.at);
	n = atoll(at + strlen(line));
	buf_free(&page);
	return n;
}

Test(metrics, a_process_tells_of_itself)
{
	long long fds, now = (long long)time(NULL);
	int more;

	metrics_build("1.0", "abc");
	fds = value_of("process_open_fds");
	more = dup(0);
	cr_assert_eq(value_of("process_open_fds"), fds + 1);
	cr_assert_eq(close(more), 0);
	cr_assert_geq(value_of("process_max_fds"), fds);
	cr_assert_gt(value_of("process_resident_memory_bytes"), 100000);
	cr_assert_gt(value_of("process_virtual_memory_bytes"), value_of("process_resident_memory_bytes"));
	cr_assert_geq(value_of("process_threads"), 1);
	cr_assert_leq(llabs(value_of("process_start_time_seconds") - now), 2);
	has("# TYPE process_cpu_seconds_total counter\n");
}
