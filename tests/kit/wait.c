/* Waiting for a condition, and the end of a test that went wrong. */
#include "tests/kit/room.h"
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include "common/core/clock.h"

/* Between two looks: short against what is waited for, long against what a look costs. */
enum { LOOK_EVERY_MS = 5 };

static void (*tell_more)(void);

void
kit_at_failure(void (*tell)(void))
{
	tell_more = tell;
}

NEVER_RETURNS void
kit_fail(const char *fmt, ...)
{
	va_list args;

	fputs("kit: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	if (tell_more != NULL) {
		void (*tell)(void) = tell_more;

		tell_more = NULL;          /* what fails in there must not come back */
		tell();
	}
	abort();
}

int64_t
kit_deadline(int64_t timeout_ms)
{
	return clock_mono_us() + timeout_ms * 1000;
}

static void
look_again_soon(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_MS * 1000000L }, NULL);
}

void
kit_pause(int64_t deadline_us, const char *file, int line, const char *condition)
{
	if (clock_mono_us() > deadline_us)
		kit_fail("%s:%d: in vain waited for: %s", file, line, condition);
	look_again_soon();
}

bool
kit_goes_on(int64_t deadline_us)
{
	if (clock_mono_us() > deadline_us)
		return false;
	look_again_soon();
	return true;
}
