/* Time, and the line that each program ends with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/bench/kit/kit.h"

int64_t
kit_now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

const char *
kit_line_of(const char *path)
{
	static char line[1024];
	FILE *file = fopen(path, "r");

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		kit_die(path, "cannot be read");
	(void)fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static int64_t
us_of(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

int64_t
kit_cpu_us(void)
{
	struct rusage used;

	(void)getrusage(RUSAGE_SELF, &used);
	return us_of(used.ru_utime) + us_of(used.ru_stime);
}

void
kit_die(const char *what, const char *why)
{
	(void)fprintf(stderr, "%s: %s\n", what, why);
	_Exit(1);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void
kit_report(size_t done, int64_t us, int64_t cpu_us, int64_t *latency_us, size_t n)
{
	int64_t p50 = 0, p99 = 0;

	if (n > 0) {
		qsort(latency_us, n, sizeof(latency_us[0]), by_size);
		p50 = latency_us[n / 2];
		p99 = latency_us[n * 99 / 100];
	}
	(void)printf("bench: {\"done\":%zu,\"us\":%lld,\"cpu\":%lld,\"p50\":%lld,\"p99\":%lld}\n", done, (long long)us,
	    (long long)cpu_us, (long long)p50, (long long)p99);
	(void)fflush(stdout);
}
