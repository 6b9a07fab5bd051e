/* Days in Seoul and billing periods. */
#include <criterion/criterion.h>
#include <time.h>

#include "common/core/calendar.h"

static bool
is_day(struct day d, int y, int m, int dd)
{
	return d.year == y && d.month == m && d.day == dd;
}

Test(day, seoul_is_nine_hours_ahead)
{
	int64_t us;

	cr_assert(time_parse(TEXT("2026-01-31T14:59:59.999999Z"), &us));
	cr_assert(is_day(day_in_seoul(us), 2026, 1, 31));
	cr_assert(is_day(day_in_seoul(us + 1), 2026, 2, 1));
	cr_assert_eq(day_start_us((struct day){ 2026, 2, 1 }), us + 1);
	cr_assert(is_day(day_in_seoul(-10 * INT64_C(3600000000)), 1969, 12, 31),
	    "before 1970 days count down");
}

Test(day, months_are_counted_from_the_anchor_and_clamped)
{
	struct day anchor = { 2026, 1, 31 };

	cr_assert(is_day(day_add_months(anchor, 0), 2026, 1, 31));
	cr_assert(is_day(day_add_months(anchor, 1), 2026, 2, 28));
	cr_assert(is_day(day_add_months(anchor, 2), 2026, 3, 31));
	cr_assert(is_day(day_add_months(anchor, 3), 2026, 4, 30));
	cr_assert(is_day(day_add_months(anchor, 25), 2028, 2, 29));
	cr_assert(is_day(day_add_months(anchor, 12), 2027, 1, 31));
	cr_assert(is_day(day_add_months(anchor, -1), 2025, 12, 31));
	cr_assert(is_day(day_add_months(anchor, -2), 2025, 11, 30));
	cr_assert(is_day(day_add_months((struct day){ 2024, 2, 29 }, 12), 2025, 2, 28));
}

Test(day, days_are_added_over_months_and_years)
{
	cr_assert(is_day(day_add_days((struct day){ 2024, 2, 28 }, 2), 2024, 3, 1));
	cr_assert(is_day(day_add_days((struct day){ 2026, 12, 31 }, 1), 2027, 1, 1));
	cr_assert(is_day(day_add_days((struct day){ 2026, 1, 1 }, -1), 2025, 12, 31));
}

Test(day, the_arithmetic_agrees_with_the_c_library)
{
	for (int64_t n = -800000; n < 2900000; n += 97) {
		struct day d = day_of_number(n);
		time_t seconds = (time_t)(n * 86400);
		struct tm tm;
		cr_assert_not_null(gmtime_r(&seconds, &tm));
		cr_assert(is_day(d, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday), "day %lld",
		    (long long)n);
		cr_assert_eq(day_number(d), n);
	}
}
