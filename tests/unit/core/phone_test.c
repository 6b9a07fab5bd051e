/* Korean mobile numbers. */
#include <criterion/criterion.h>

#include "common/core/text.h"

static struct arena *mem;
static void open_mem(void) { mem = arena_open(1 << 20); }
static void close_mem(void) { arena_close(&mem); }
TestSuite(phone, .init = open_mem, .fini = close_mem);

static bool
reads(const char *typed, const char *digits)
{
	struct text out;

	return text_phone(mem, text_of(typed), &out) && text_is(out, digits);
}

static bool
is_refused(const char *typed)
{
	struct text out;

	return !text_phone(mem, text_of(typed), &out);
}

Test(phone, every_usual_spelling_becomes_the_digits)
{
	cr_assert(reads("01000000001", "01000000001"));
	cr_assert(reads("010-0000-0001", "01000000001"));
	cr_assert(reads(" 010 0000 0001 ", "01000000001"));
	cr_assert(reads("010.0000.0001", "01000000001"));
	cr_assert(reads("+82 10-0000-0001", "01000000001"));
	cr_assert(reads("+821000000001", "01000000001"));
	cr_assert(reads("+82 010 0000 0001", "01000000001"));
	cr_assert(reads("011-000-0001", "0110000001"));
}

Test(phone, what_is_no_mobile_number_is_refused)
{
	cr_assert(is_refused(""));
	cr_assert(is_refused("+82"));
	cr_assert(is_refused("+"));
	cr_assert(is_refused("02-000-0001"));
	cr_assert(is_refused("0120000001"));
	cr_assert(is_refused("010000001"));
	cr_assert(is_refused("010000000011"));
	cr_assert(is_refused("0100000000100000000000"));
	cr_assert(is_refused("821000000001"));
	cr_assert(is_refused("+1 10 0000 0001"));
	cr_assert(is_refused("+82+821000000001"));
	cr_assert(is_refused("010-0000-000a"));
	cr_assert(is_refused("010-0000-0001\nBcc"));
	cr_assert(is_refused("                  010 - 0000 - 0 0 0 1 -                   -"));
}

Test(phone, the_masked_form_keeps_the_middle_secret)
{
	cr_assert_str_eq(text_phone_masked(mem, TEXT("01000000001")).at, "010****0001");
	cr_assert_str_eq(text_phone_masked(mem, TEXT("0110000001")).at, "011***0001");
	cr_assert_str_eq(text_phone_masked(mem, TEXT("secret")).at, "***");
	cr_assert_str_eq(text_phone_masked(mem, TEXT("")).at, "***");
}
