/* Days as they are written: nothing else is one. */
#include <criterion/criterion.h>
#include "common/core/text.h"
#include "services/billing/reconcile/reconcile.h"

TestSuite(day, .timeout = 10);

Test(day, days_of_the_calendar_are_read)
{
	struct day d;

	cr_assert(day_parse(TEXT("2026-01-31"), &d));
	cr_assert(d.year == 2026 && d.month == 1 && d.day == 31);
	cr_assert(day_parse(TEXT("2028-02-29"), &d));
	cr_assert(day_parse(TEXT("2000-12-31"), &d));
}

Test(day, what_is_none_is_refused)
{
	static const char *const bad[] = { "", "2026", "2026-02-29", "2026-02-30", "2026-04-31", "2026-00-01", "2026-13-01",
		"2026-01-00", "2026-01-32", "2026-1-01", "2026-01-1", "2026-01-011", "2026/01/01", "1999-12-31", "2026-01--1",
		"-026-01-01", " 2026-01-01", "2026-01-01 ", "٢٠٢٦-01-01" };
	struct day d;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_expect(!day_parse(text_of(bad[i]), &d), "%s", bad[i]);
}
