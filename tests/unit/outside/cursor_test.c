/* The opaque cursor: sixteen numbers in a text, and nothing else is one. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/text.h"
#include "common/outside/room.h"

static struct arena *mem;

static void
begin(void)
{
	mem = arena_open(1 << 20);
}

static void
end(void)
{
	arena_close(&mem);
}

TestSuite(outside_cursor, .init = begin, .fini = end);

static void
goes_through(const int64_t at[OUTBOX_PARTITIONS])
{
	struct text printed = outside_cursor_print(mem, "billing", at);
	int64_t back[OUTBOX_PARTITIONS];

	cr_assert_leq(printed.len, 200);
	cr_assert(outside_cursor_parse(mem, "billing", printed, back));
	cr_assert_arr_eq(back, at, sizeof(back));
	cr_assert_not(outside_cursor_parse(mem, "commerce", printed, back), "another publisher's");
}

Test(outside_cursor, comes_back_as_it_went_whatever_the_numbers)
{
	int64_t at[OUTBOX_PARTITIONS] = { 0 };

	goes_through(at);
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		at[p] = INT64_C(1) << (p * 4 % 63);
	goes_through(at);
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		at[p] = INT64_MAX;
	goes_through(at);
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		at[p] = 126 + p;
	goes_through(at);
}

Test(outside_cursor, with_any_letter_changed_or_missing_is_refused)
{
	int64_t at[OUTBOX_PARTITIONS] = { 5, 300, 70000 }, back[OUTBOX_PARTITIONS];
	struct text good = outside_cursor_print(mem, "billing", at);
	char bad[256];

	for (size_t i = 0; i < good.len; i++) {
		memcpy(bad, good.at, good.len);
		bad[i] = bad[i] == 'Q' ? 'g' : 'Q';
		cr_assert_not(outside_cursor_parse(mem, "billing", (struct text){ bad, good.len }, back), "letter %zu", i);
		cr_assert_not(outside_cursor_parse(mem, "billing", (struct text){ good.at, i }, back), "%zu letters", i);
	}
	cr_assert_not(outside_cursor_parse(mem, "billing", TEXT(""), back));
}
