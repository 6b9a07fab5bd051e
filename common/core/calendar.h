/* The Gregorian calendar as arithmetic, for time.c and day.c. */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H
#include "common/core/clock.h"

/* Days since 1970-01-01 of a day that exists, and back. */
int64_t     day_number(struct day d);
struct day  day_of_number(int64_t days);
int32_t     days_in_month(int32_t year, int32_t month);
bool        day_exists(struct day d);                  /* years 0 to 9999 */
#endif
