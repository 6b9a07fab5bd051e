/* What pieces of a line are worth when they are given back. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "services/commerce/order/share.h"

Test(share, the_last_piece_takes_the_remainder)
{
	cr_assert_eq(refund_share(1000, 3, 0, 1), 333);
	cr_assert_eq(refund_share(1000, 3, 1, 1), 333);
	cr_assert_eq(refund_share(1000, 3, 2, 1), 334);
	cr_assert_eq(refund_share(1000, 3, 1, 2), 667);
	cr_assert_eq(refund_share(1000, 3, 0, 3), 1000);
}

Test(share, a_free_line_is_worth_nothing_and_one_dearer_than_all_money_does_not_overflow)
{
	const int64_t most = (INT64_C(1) << 53) - 1;

	cr_assert_eq(refund_share(0, 7, 3, 4), 0);
	cr_assert_eq(refund_share(2, 3, 0, 2), 0);
	cr_assert_eq(refund_share(2, 3, 2, 1), 2);
	cr_assert_eq(refund_share(most, 10000, 0, 9999), most / 10000 * 9999);
	cr_assert_eq(refund_share(most, 10000, 9999, 1), most - most / 10000 * 9999);
}

/* The remainder of all pieces cut at random. */
static int64_t
cut(int64_t net, int32_t quantity)
{
	int64_t sum = 0;

	for (int32_t before = 0; before < quantity;) {
		int32_t units = 1 + rand() % (quantity - before);
		int64_t part = refund_share(net, quantity, before, units);

		cr_assert_geq(part, 0);
		sum += part;
		before += units;
	}
	return sum;
}

Test(share, however_a_line_is_cut_its_parts_sum_up_to_its_net)
{
	srand(1);
	for (int i = 0; i < 20000; i++) {
		int64_t net = rand() % 1000000;

		cr_assert_eq(cut(net, 1 + rand() % 40), net);
	}
}
