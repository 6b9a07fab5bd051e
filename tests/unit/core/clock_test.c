/* The clock and its offset, RFC 3339. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "common/core/text.h"

#define HOUR_US INT64_C(3600000000)

static char path[64];

static void
write_offset(const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
	(void)usleep(15000);      /* the file is looked at every 10 ms */
}

static bool
is_moved_by(int64_t us)
{
	int64_t moved = clock_now_us() - clock_real_us();

	return moved > us - 1000000 && moved < us + 1000000;
}

Test(clock, the_offset_file_moves_business_time_only)
{
	int64_t mono = clock_mono_us();

	(void)snprintf(path, sizeof(path), "/tmp/dure_clock_test.%d", (int)getpid());
	clock_offset_file(path);
	cr_assert(is_moved_by(0), "no file, no offset");
	write_offset("3600000000\n");
	cr_assert(is_moved_by(HOUR_US));
	write_offset("");
	cr_assert(is_moved_by(HOUR_US), "a file caught half-written changes nothing");
	write_offset("garbage");
	cr_assert(is_moved_by(HOUR_US));
	write_offset("-7200000000");
	cr_assert(is_moved_by(-2 * HOUR_US));
	(void)unlink(path);
	(void)usleep(15000);
	cr_assert(is_moved_by(0));
	cr_assert_lt(clock_mono_us() - mono, 10 * INT64_C(1000000));
}

static const char *
printed(int64_t us)
{
	static char out[TIME_CHARS + 1];

	time_print(us, out);
	return out;
}

static int64_t
parsed(const char *t)
{
	int64_t us = -1;

	cr_assert(time_parse(text_of(t), &us), "%s", t);
	return us;
}

Test(clock, times_are_printed_in_utc_with_microseconds)
{
	cr_assert_str_eq(printed(0), "1970-01-01T00:00:00.000000Z");
	cr_assert_str_eq(printed(-1), "1969-12-31T23:59:59.999999Z");
	cr_assert_str_eq(printed(INT64_C(1769863999123456)), "2026-01-31T12:53:19.123456Z");
	cr_assert_str_eq(printed(INT64_C(951782400000000)), "2000-02-29T00:00:00.000000Z");
	cr_assert_str_eq(printed(INT64_MAX), "9999-12-31T23:59:59.999999Z");
	cr_assert_str_eq(printed(INT64_MIN), "0000-01-01T00:00:00.000000Z");
}

Test(clock, any_offset_and_fraction_is_read)
{
	cr_assert_eq(parsed("1970-01-01T00:00:00Z"), 0);
	cr_assert_eq(parsed("1970-01-01t09:00:00+09:00"), 0);
	cr_assert_eq(parsed("1969-12-31T19:30:00-04:30"), 0);
	cr_assert_eq(parsed("1970-01-01T00:00:00.5z"), 500000);
	cr_assert_eq(parsed("1970-01-01T00:00:00.123456789Z"), 123456);
	cr_assert_eq(parsed("1970-01-01T00:00:00.000001Z"), 1);
	cr_assert_eq(parsed("1969-12-31T23:59:59.999999Z"), -1);
	cr_assert_eq(parsed("2016-12-31T23:59:60Z"), parsed("2017-01-01T00:00:00Z"));
	cr_assert_eq(parsed("2017-01-01T08:59:60.9+09:00"), parsed("2017-01-01T00:00:00Z"));
}

Test(clock, what_is_not_rfc_3339_is_refused)
{
	static const char *const wrong[] = {
		"",
		"1970-01-01",
		"1970-01-01T00:00:00",
		"1970-01-01 00:00:00Z",
		"1970-1-01T00:00:00Z",
		"1970-13-01T00:00:00Z",
		"1970-00-01T00:00:00Z",
		"1970-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"1970-04-31T00:00:00Z",
		"1970-01-01T24:00:00Z",
		"1970-01-01T00:60:00Z",
		"1970-01-01T00:00:61Z",
		"1970-01-01T00:00:60Z",
		"1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00.1234567890Z",
		"1970-01-01T00:00:00+24:00",
		"1970-01-01T00:00:00+09:60",
		"1970-01-01T00:00:00+0900",
		"1970-01-01T00:00:00+09",
		"1970-01-01T00:00:00ZZ",
		" 1970-01-01T00:00:00Z",
		"19 0-01-01T00:00:00Z",
		"-970-01-01T00:00:00Z",
		"0000-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
	};
	int64_t us = 42;

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		cr_assert_not(time_parse(text_of(wrong[i]), &us), "%s", wrong[i]);
	cr_assert_not(time_parse((struct text){ NULL, 0 }, &us));
	cr_assert_eq(us, 42);
}

Test(clock, what_is_printed_is_read_back)
{
	for (int64_t us = INT64_C(-62167219200000000); us < INT64_C(253402300000000000);
	     us += INT64_C(777777777777777))
		cr_assert_eq(parsed(printed(us)), us);
}
