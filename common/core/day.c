/* Calendar days, and which one it is in Seoul. */
#include "common/core/calendar.h"

#define DAY_US      INT64_C(86400000000)
#define SEOUL_US    (9 * INT64_C(3600000000))      /* UTC+9; no summer time since 1988 */

/* The calendar repeats every 400 years (146,097 days). A year counted from 1 March has its odd day
 * at the end, so that the month lengths 31 30 31 30 31 | 31 30 31 30 31 | 31 28 follow a
 * straight line, (153 m + 2) / 5. 1970-01-01 is day 719,468 after 0000-03-01. */
enum { ERA_YEARS = 400, ERA_DAYS = 146097, EPOCH = 719468 };

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
day_number(struct day d)
{
	int64_t year = (int64_t)d.year - (d.month <= 2);
	int64_t era = floor_div(year, ERA_YEARS);
	int64_t year_of_era = year - era * ERA_YEARS;
	int64_t month = (d.month + 9) % 12;
	int64_t day_of_year = (153 * month + 2) / 5 + d.day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * ERA_DAYS + day_of_era - EPOCH;
}

/* Within an era a leap day comes every 1,460 days, not every 36,524, but at 146,096. */
struct day
day_of_number(int64_t days)
{
	int64_t era = floor_div(days + EPOCH, ERA_DAYS);
	int64_t doe = days + EPOCH - era * ERA_DAYS;
	int64_t year = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * doy + 2) / 153;
	struct day d;

	d.day = (int32_t)(doy - (153 * month + 2) / 5 + 1);
	d.month = (int32_t)(month < 10 ? month + 3 : month - 9);
	d.year = (int32_t)(year + era * ERA_YEARS + (d.month <= 2));
	return d;
}

static bool
is_leap(int32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int32_t
days_in_month(int32_t year, int32_t month)
{
	static const int32_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	SURE(month >= 1 && month <= 12);
	return days[month - 1] + (month == 2 && is_leap(year));
}

bool
day_exists(struct day d)
{
	return d.year >= 0 && d.year <= 9999 && d.month >= 1 && d.month <= 12 && d.day >= 1 &&
	    d.day <= days_in_month(d.year, d.month);
}

struct day
day_in_seoul(int64_t us)
{
	return day_of_number(floor_div(us + SEOUL_US, DAY_US));
}

int64_t
day_start_us(struct day d)
{
	return day_number(d) * DAY_US - SEOUL_US;
}

struct day
day_add_months(struct day anchor, int32_t months)
{
	int64_t month = (int64_t)anchor.year * 12 + anchor.month - 1 + months;
	struct day d;
	int32_t last;

	d.year = (int32_t)floor_div(month, 12);
	d.month = (int32_t)(month - (int64_t)d.year * 12) + 1;
	last = days_in_month(d.year, d.month);
	d.day = anchor.day < last ? anchor.day : last;
	return d;
}

struct day
day_add_days(struct day d, int32_t days)
{
	return day_of_number(day_number(d) + days);
}
