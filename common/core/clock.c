/* The clock, and times as RFC 3339 text. Business time may be moved in test builds. */
#include "common/core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US   INT64_C(1000000)
#define DAY_S       INT64_C(86400)

static int64_t
read_clock(clockid_t which)
{
	struct timespec ts;

	SURE(clock_gettime(which, &ts) == 0);
	return (int64_t)ts.tv_sec * SECOND_US + ts.tv_nsec / 1000;
}

int64_t
clock_real_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_mono_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

#ifdef DURE_TEST

enum { LOOK_EVERY_US = 10000 };

static const char *offset_file;
static int64_t next_look_us, offset_us;      /* __atomic: any thread reads and looks */

/* No file: no offset. A file caught half-written (empty, or not a number) leaves the offset as it
 * was. */
static void
look(void)
{
	char line[32], *end;
	ssize_t n;
	long long us;
	int fd = open(offset_file, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		if (errno == ENOENT)
			__atomic_store_n(&offset_us, 0, __ATOMIC_RELAXED);
		return;
	}
	n = read(fd, line, sizeof(line) - 1);
	(void)close(fd);
	if (n <= 0)
		return;
	line[n] = '\0';
	errno = 0;
	us = strtoll(line, &end, 10);
	if (errno == 0 && end != line && (*end == '\0' || *end == '\n'))
		__atomic_store_n(&offset_us, us, __ATOMIC_RELAXED);
}

static int64_t
offset_now(void)
{
	int64_t now = clock_mono_us(), due = __atomic_load_n(&next_look_us, __ATOMIC_RELAXED);

	if (offset_file != NULL && now >= due && __atomic_compare_exchange_n(&next_look_us, &due,
	    now + LOOK_EVERY_US, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		look();
	return __atomic_load_n(&offset_us, __ATOMIC_RELAXED);
}

void
clock_offset_file(const char *path)
{
	offset_file = path;
	__atomic_store_n(&offset_us, 0, __ATOMIC_RELAXED);
	if (path != NULL)
		look();
}

int64_t
clock_now_us(void)
{
	return clock_real_us() + offset_now();
}

#else

void
clock_offset_file(const char *path)
{
	(void)path;
}

int64_t
clock_now_us(void)
{
	return clock_real_us();
}

#endif
