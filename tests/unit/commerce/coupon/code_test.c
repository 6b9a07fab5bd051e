/* Coupon codes: never the same twice, typed as one likes. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/text.h"
#include "services/commerce/coupon/code.h"

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

TestSuite(code, .init = begin, .fini = end);

Test(code, a_new_one_has_sixteen_letters_that_are_read_back)
{
	for (int i = 0; i < 1000; i++) {
		struct text code = coupon_code_new(mem), again;

		cr_assert_eq(code.len, CODE_LETTERS);
		cr_assert(coupon_code_read(mem, coupon_code_shown(mem, code), &again));
		cr_assert(text_eq(code, again));
	}
}

Test(code, all_letters_come)
{
	bool seen[256] = { false };
	int n = 0;

	for (int i = 0; i < 200; i++) {
		struct text code = coupon_code_new(mem);

		for (size_t k = 0; k < code.len; k++)
			seen[(unsigned char)code.at[k]] = true;
	}
	for (int i = 0; i < 256; i++)
		n += seen[i];
	cr_assert_eq(n, 32);
}

Test(code, case_dashes_blanks_and_look_alikes_do_not_count)
{
	static const char *const typed[] = { "0123-4567-89AB-CDEF", "0123456789abcdef", " 0123 4567 89ab cdef ",
		"Oi23-4567-89ab-cdef", "oL23456789ABCDEF" };

	for (size_t i = 0; i < COUNT_OF(typed); i++) {
		struct text stored;

		cr_expect(coupon_code_read(mem, text_of(typed[i]), &stored), "%s", typed[i]);
		cr_expect(text_is(stored, "0123456789ABCDEF"), "%s", typed[i]);
	}
}

Test(code, what_cannot_be_a_code_is_not_read)
{
	static const char *const typed[] = { "", "0123", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEF0", "0123-4567-89AB-CDEU",
		"0123_4567_89AB_CDEF", "쿠폰쿠폰쿠폰", "----------------" };
	struct text stored;

	for (size_t i = 0; i < COUNT_OF(typed); i++)
		cr_expect_not(coupon_code_read(mem, text_of(typed[i]), &stored), "%s", typed[i]);
	cr_expect_not(coupon_code_read(mem, (struct text){ "0123\00056789ABCDEF", 16 }, &stored));
}
