/* The order number: when it was in Seoul, and letters that never repeat. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/text.h"
#include "services/commerce/order/number.h"

enum { MANY = 100000, CHARS = 14 + 1 + 15 };

static struct req rq;

static void
begin(void)
{
	req_begin(&rq, NULL, arena_open((size_t)1 << 24), TEXT("test"), 60000);
}

static void
end(void)
{
	struct arena *mem = rq.mem;

	req_end(&rq);
	arena_close(&mem);
}

TestSuite(number, .init = begin, .fini = end);

static const char *
number_at(int64_t seconds)
{
	rq.now_us = seconds * 1000000 + 999999;
	return order_number(&rq).at;
}

static void
begins_with(int64_t seconds, const char *expected)
{
	const char *number = number_at(seconds);

	cr_expect_eq(strncmp(number, expected, strlen(expected)), 0, "%s, not %s", number, expected);
}

Test(number, it_is_fourteen_digits_a_line_and_fifteen_letters)
{
	const char *number = number_at(1767323045);

	cr_assert_eq(strlen(number), CHARS, "%s", number);
	cr_assert_eq(strspn(number, "0123456789"), 14);
	cr_assert_eq(number[14], '_');
	cr_assert_eq(strspn(number + 15, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 15);
}

Test(number, its_time_is_that_of_seoul)
{
	begins_with(1767323045, "20260102120405_");       /* 2026-01-02T03:04:05Z */
	begins_with(1767193199, "20251231235959_");       /* 2025-12-31T14:59:59Z */
	begins_with(1767193200, "20260101000000_");       /* one second on: the new year in Seoul */
	begins_with(1709218800, "20240301000000_");       /* 2024-02-29T15:00:00Z, behind a leap day */
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

Test(number, a_hundred_thousand_of_one_second_are_all_different)
{
	static const char *numbers[MANY];

	for (size_t i = 0; i < MANY; i++)
		numbers[i] = number_at(1767323045);
	qsort(numbers, MANY, sizeof(numbers[0]), by_text);
	for (size_t i = 1; i < MANY; i++)
		cr_assert_str_neq(numbers[i - 1], numbers[i]);
}

Test(number, every_letter_comes_up_at_every_place)
{
	bool seen[15][128] = { 0 };

	for (size_t i = 0; i < 5000; i++) {
		const char *tail = number_at(1767323045) + 15;

		for (size_t at = 0; at < 15; at++)
			seen[at][(unsigned char)tail[at]] = true;
	}
	for (size_t at = 0; at < 15; at++)
		for (const char *c = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"; *c != '\0'; c++)
			cr_assert(seen[at][(unsigned char)*c], "%c never stands at %zu", *c, at);
}
