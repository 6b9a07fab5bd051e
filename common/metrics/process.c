/* What every process tells of itself, under the names that Prometheus' own clients use. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/metrics/list.h"

METRIC(cpu, SECONDS_TOTAL, "process_cpu_seconds_total", NULL, "Time on a processor, in user and system mode");
METRIC(resident, GAUGE, "process_resident_memory_bytes", NULL, "Memory that is resident");
METRIC(virtual, GAUGE, "process_virtual_memory_bytes", NULL, "Address space in use");
METRIC(open_fds, GAUGE, "process_open_fds", NULL, "Open files, sockets among them");
METRIC(max_fds, GAUGE, "process_max_fds", NULL, "Files that may be open");
METRIC(threads, GAUGE, "process_threads", NULL, "Threads");
METRIC(started, SECONDS, "process_start_time_seconds", NULL, "Start of the process, in seconds since 1970");

static int64_t
us_of(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static void
usage(void)
{
	struct rusage used;
	struct rlimit files;

	if (getrusage(RUSAGE_SELF, &used) == 0)
		metric_set_us(&cpu, NULL, us_of(used.ru_utime) + us_of(used.ru_stime));
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		metric_set(&max_fds, NULL, (int64_t)files.rlim_cur);
}

/* The first two numbers of statm: address space and resident part, in pages. */
static void
memory(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	int64_t page = sysconf(_SC_PAGESIZE);
	char line[128], *rest;

	if (f == NULL)
		return;
	if (fgets(line, sizeof(line), f) != NULL) {
		metric_set(&virtual, NULL, strtoll(line, &rest, 10) * page);
		metric_set(&resident, NULL, strtoll(rest, NULL, 10) * page);
	}
	(void)fclose(f);
}

/* Entries of a folder, without "." and ".."; -1 when it cannot be read. */
static int64_t
entries(const char *path)
{
	DIR *d = opendir(path);
	int64_t n = -2;

	if (d == NULL)
		return -1;
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

static void
count(struct metric *m, const char *path, int64_t ours)
{
	int64_t n = entries(path);

	if (n >= 0)
		metric_set(m, NULL, n - ours);
}

/* The kernel's word for the start is in ticks since boot; the moment of the first reading is as good, and simpler. */
static void
start(void)
{
	static int64_t at_us;
	struct timespec now;

	if (at_us == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0)
		at_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	metric_set_us(&started, NULL, at_us);
}

void
metrics_of_process(void *arg)
{
	(void)arg;
	start();
	usage();
	memory();
	count(&open_fds, "/proc/self/fd", 1);      /* 1: the one that this reading holds open */
	count(&threads, "/proc/self/task", 0);
}
