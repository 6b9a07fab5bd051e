/* The breaker by itself, with a clock of numbers. */
#include <criterion/criterion.h>

#include "common/provider/breaker.h"

Test(breaker, it_opens_after_so_many_failures_in_a_row)
{
	struct breaker b = { .limit = 3, .open_us = 100 };

	breaker_tell(&b, 1, false);
	breaker_tell(&b, 2, false);
	breaker_tell(&b, 3, true);
	breaker_tell(&b, 4, false);
	breaker_tell(&b, 5, false);
	cr_assert(breaker_lets(&b, 6));
	breaker_tell(&b, 6, false);
	cr_assert_not(breaker_lets(&b, 7));
}

Test(breaker, after_a_while_one_call_tries)
{
	struct breaker b = { .limit = 1, .open_us = 100 };

	breaker_tell(&b, 0, false);
	cr_assert_not(breaker_lets(&b, 99));
	cr_assert(breaker_lets(&b, 100));
	cr_assert_not(breaker_lets(&b, 101));
	breaker_tell(&b, 150, true);
	cr_assert(breaker_lets(&b, 151));
	cr_assert(breaker_lets(&b, 152));
}

Test(breaker, a_try_that_fails_opens_it_again)
{
	struct breaker b = { .limit = 2, .open_us = 100 };

	breaker_tell(&b, 0, false);
	breaker_tell(&b, 0, false);
	cr_assert(breaker_lets(&b, 100));
	breaker_tell(&b, 130, false);
	cr_assert_not(breaker_lets(&b, 229));
	cr_assert(breaker_lets(&b, 230));
}

Test(breaker, without_a_limit_it_never_opens)
{
	struct breaker b = { .limit = 0, .open_us = 100 };

	for (int i = 0; i < 100; i++)
		breaker_tell(&b, i, false);
	cr_assert(breaker_lets(&b, 100));
}
