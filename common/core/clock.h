/* The one clock. Business time may be moved by tests, the monotonic clock never. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H
#include "common/core/base.h"

enum { TIME_CHARS = 27 };               /* "2026-01-31T12:34:56.123456Z" */

/* Microseconds since 1970 UTC. In builds with DURE_TEST the decimal number of microseconds in the
 * file named by DURE_CLOCK_OFFSET_FILE is added (re-read when the file changes, looked at no more
 * than every 10 ms), so that one file moves all services at once. */
int64_t     clock_now_us(void);
/* Names that file, at start-up before the first thread; NULL: no offset. The string must live as
 * long as the process. Does nothing in builds without DURE_TEST. */
void        clock_offset_file(const char *path);
/* What the kernel says, never moved: for log lines, so that they match those of other programs. */
int64_t     clock_real_us(void);
/* For time limits and intervals: never jumps. */
int64_t     clock_mono_us(void);

/* RFC 3339 in UTC with microseconds; reading takes any offset and 0 to 9 fraction digits. */
void        time_print(int64_t us, char out[TIME_CHARS + 1]);
bool        time_parse(struct text t, int64_t *us) MUST_USE;

/* A calendar day in Asia/Seoul (UTC+9, no summer time). */
struct day { int32_t year; int32_t month; int32_t day; };
struct day  day_in_seoul(int64_t us);
int64_t     day_start_us(struct day d);                /* 00:00 in Seoul */
/* The same day-of-month n months on, clamped to that month's last day. Always compute from the
 * anchor, never from a clamped result: 31 Jan, 28 Feb, 31 Mar. */
struct day  day_add_months(struct day anchor, int32_t months);
struct day  day_add_days(struct day d, int32_t days);
#endif
