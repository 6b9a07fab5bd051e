/* The sandbox's clocks: business time, which a test may move, and steady time, which it may not. */
#ifndef SANDBOX_CLOCK_H
#define SANDBOX_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_DAY (86400 * CLOCK_SECOND)

/* Room for any time the functions below write. */
#define CLOCK_TEXT 40

/* A moment that has come as soon as either clock has passed it: moving business time
 * forward brings it at once, moving it back does not put it off. */
struct due {
	int64_t wall_us;
	int64_t steady_us;
};

/* Names the file whose number of microseconds is added to business time; NULL is none. */
void clock_setup(const char *offset_file);

/* Business time in microseconds since 1970. */
int64_t clock_now(void);
int64_t clock_steady(void);

struct due due_in(int64_t delay_us);
bool due_passed(struct due due);

/* Write business time by a strftime format, in Korean time (UTC+9 all year) or in UTC. */
void clock_kst(int64_t us, const char *format, char text[CLOCK_TEXT])
    __attribute__((format(strftime, 2, 0)));
void clock_utc(int64_t us, const char *format, char text[CLOCK_TEXT])
    __attribute__((format(strftime, 2, 0)));

/* The same in the provider's usual form, 2026-01-31T09:00:00+09:00. */
void clock_iso(int64_t us, char text[CLOCK_TEXT]);

/* Reads yyyy-MM-dd, optionally followed by T or a space and HH:mm[:ss], as Korean time. */
bool clock_parse_kst(const char *text, int64_t *us);

/* Reads yyyyMMddTHHmmssZ. */
bool clock_parse_amz(const char *text, int64_t *us);

#endif
