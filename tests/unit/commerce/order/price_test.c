/* The arithmetic of a cart, against hand-made cases. */
#include <criterion/criterion.h>
#include "tests/unit/commerce/order/till.h"

TestSuite(price, .init = till_open, .fini = till_close);

static void
sums_are(int64_t total, int64_t discount)
{
	cr_expect_eq(sum.total_krw, total, "total %lld", (long long)sum.total_krw);
	cr_expect_eq(sum.discount_krw, discount, "discount %lld", (long long)sum.discount_krw);
	cr_expect_eq(sum.paid_krw, total - discount, "paid %lld", (long long)sum.paid_krw);
}

static void
shares_are(size_t n, const int64_t *shares)
{
	for (size_t i = 0; i < n; i++)
		cr_expect_eq(lines[i].coupon_krw, shares[i], "line %zu has %lld", i, (long long)lines[i].coupon_krw);
}
#define SHARES(...) shares_are(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), (int64_t[]){ __VA_ARGS__ })

Test(price, a_cart_without_a_coupon_costs_the_sum_of_its_lines)
{
	line(0, "grocery", 1500, 3);
	line(1, "clothing", 20000, 1);
	lines[1].reduced_krw = lines[1].coupon_krw = 77;
	cr_assert_str_eq(price(2, NO_COUPON), "");
	sums_are(24500, 0);
	cr_assert_eq(lines[0].amount_krw, 4500);
	SHARES(0, 0);
}

Test(price, a_percentage_is_rounded_down)
{
	line(0, "grocery", 999, 1);
	cr_assert_str_eq(price(1, PERCENT(15)), "");
	sums_are(999, 149);
	cr_assert_str_eq(price(1, PERCENT(100)), "");
	sums_are(999, 999);
	line(0, "grocery", 1, 1);
	cr_assert_str_eq(price(1, PERCENT(99)), "");
	sums_are(1, 0);
}

Test(price, a_fixed_coupon_takes_no_more_than_the_goods_cost)
{
	line(0, "grocery", 3000, 1);
	line(1, "clothing", 4000, 1);
	cr_assert_str_eq(price(2, FIXED(5000)), "");
	sums_are(7000, 5000);
	cr_assert_str_eq(price(2, FIXED(1000000)), "");
	sums_are(7000, 7000);
	cr_assert_str_eq(price(2, FIXED(1000000, ONLY("grocery"))), "");
	sums_are(7000, 3000);
	SHARES(3000, 0);
}

Test(price, a_maximum_caps_both_kinds_of_coupon)
{
	line(0, "grocery", 100000, 1);
	cr_assert_str_eq(price(1, PERCENT(50, AT_MOST(7000))), "");
	sums_are(100000, 7000);
	cr_assert_str_eq(price(1, FIXED(9000, AT_MOST(7000))), "");
	sums_are(100000, 7000);
	cr_assert_str_eq(price(1, PERCENT(5, AT_MOST(7000))), "");
	sums_are(100000, 5000);
}

Test(price, the_minimum_counts_the_goods_of_the_coupon_and_is_reached_by_equality)
{
	line(0, "grocery", 10000, 1);
	line(1, "clothing", 50000, 1);
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 60001)), "coupon.min_amount");
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 60000)), "");
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 10001, ONLY("grocery"))), "coupon.min_amount");
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 10000, ONLY("grocery"))), "");
}

Test(price, a_category_limits_what_is_discounted)
{
	line(0, "grocery", 10000, 1);
	line(1, "clothing", 30000, 1);
	line(2, "grocery", 20000, 1);
	cr_assert_str_eq(price(3, PERCENT(10, ONLY("grocery"))), "");
	sums_are(60000, 3000);
	SHARES(1000, 0, 2000);
	cr_assert_str_eq(price(3, PERCENT(10, ONLY("products"))), "coupon.not_applicable");
}

Test(price, the_remainder_goes_to_the_dearest_line)
{
	line(0, "grocery", 100, 1);
	line(1, "grocery", 300, 1);
	line(2, "grocery", 100, 1);
	cr_assert_str_eq(price(3, FIXED(7)), "");
	sums_are(500, 7);
	SHARES(1, 5, 1);
}

Test(price, of_two_dearest_lines_the_first_takes_the_remainder)
{
	line(0, "grocery", 100, 1);
	line(1, "grocery", 150, 2);
	line(2, "grocery", 300, 1);
	cr_assert_str_eq(price(3, FIXED(5)), "");
	SHARES(0, 3, 2);
}

Test(price, a_remainder_larger_than_the_room_of_the_dearest_line_goes_on_to_the_next)
{
	for (size_t i = 0; i < 3; i++)
		line(i, "grocery", 1000, 1);
	cr_assert_str_eq(price(3, FIXED(2999)), "");
	sums_are(3000, 2999);
	SHARES(1000, 1000, 999);
	for (size_t i = 0; i < 3; i++)
		line(i, "grocery", 1, 1);
	cr_assert_str_eq(price(3, FIXED(2)), "");
	SHARES(1, 1, 0);
}

Test(price, a_discount_is_taken_off_each_piece_and_rounded_down)
{
	line(0, "grocery", 999, 3);
	discounted(0, true, 15);
	line(1, "grocery", 1000, 2);
	discounted(1, false, 300);
	line(2, "grocery", 500, 4);
	cr_assert_str_eq(price(3, NO_COUPON), "");
	sums_are(2997 + 2000 + 2000, 3 * 149 + 2 * 300);
	cr_assert_eq(lines[0].reduced_krw, 447);
	cr_assert_eq(lines[1].reduced_krw, 600);
	cr_assert_eq(lines[2].reduced_krw, 0);
}

Test(price, a_fixed_discount_takes_no_more_than_the_price_of_a_piece)
{
	line(0, "grocery", 700, 2);
	discounted(0, false, 1000);
	cr_assert_str_eq(price(1, NO_COUPON), "");
	sums_are(1400, 1400);
}

Test(price, a_coupon_is_taken_off_what_the_discounts_leave)
{
	line(0, "grocery", 10000, 1);
	discounted(0, true, 50);
	line(1, "grocery", 3000, 1);
	cr_assert_str_eq(price(2, PERCENT(10)), "");
	sums_are(13000, 5000 + 800);
	SHARES(500, 300);
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 8001)), "coupon.min_amount");
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 8000)), "");
}

Test(price, the_dearest_line_is_the_one_that_costs_most_after_its_discount)
{
	line(0, "grocery", 10000, 1);
	discounted(0, true, 90);
	line(1, "grocery", 2000, 1);
	cr_assert_str_eq(price(2, FIXED(100)), "");
	SHARES(33, 67);
}

Test(price, free_products_cost_nothing_and_take_no_share)
{
	line(0, "grocery", 0, 5);
	cr_assert_str_eq(price(1, PERCENT(50)), "");
	sums_are(0, 0);
	cr_assert_str_eq(price(1, FIXED(1000)), "");
	sums_are(0, 0);
	cr_assert_str_eq(price(1, FIXED(1000, .minimum_krw = 1)), "coupon.min_amount");
	line(1, "grocery", 900, 1);
	cr_assert_str_eq(price(2, FIXED(899)), "");
	SHARES(0, 899);
}

Test(price, what_no_json_number_can_say_exactly_is_refused)
{
	line(0, "grocery", INT64_MAX, 2);
	cr_assert_str_eq(price(1, NO_COUPON), "order.too_dear");
	line(0, "grocery", (INT64_C(1) << 53) - 2, 1);
	line(1, "grocery", 1, 1);
	cr_assert_str_eq(price(2, NO_COUPON), "");
	line(1, "grocery", 1, 2);
	cr_assert_str_eq(price(2, NO_COUPON), "order.too_dear");
	line(0, "grocery", INT64_MAX, 1);
	line(1, "grocery", INT64_MAX, 1);
	cr_assert_str_eq(price(2, PERCENT(100)), "order.too_dear");
}

Test(price, the_largest_cart_is_discounted_exactly)
{
	int64_t most = (INT64_C(1) << 53) - 1;

	line(0, "grocery", most, 1);
	cr_assert_str_eq(price(1, PERCENT(99)), "");
	sums_are(most, most / 100 * 99 + most % 100 * 99 / 100);
	SHARES(sum.discount_krw);
}
