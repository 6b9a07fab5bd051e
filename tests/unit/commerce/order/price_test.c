/* The arithmetic of a cart, against hand-made cases and against ten thousand random ones. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/arena.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "services/commerce/order/price.h"

enum { MOST_LINES = 12, CARTS = 10000 };
#define PERCENT(...)    &(struct price_coupon){ .present = true, .percent = true, .value = __VA_ARGS__ }
#define FIXED(...)      &(struct price_coupon){ .present = true, .value = __VA_ARGS__ }
#define ONLY(c)         .has_category = true, .category = TEXT(c)
#define AT_MOST(v)      .has_maximum = true, .maximum_krw = (v)

static struct req rq;
static struct price_line lines[MOST_LINES];
static struct price sum;

static void
begin(void)
{
	req_begin(&rq, NULL, arena_open((size_t)1 << 26), TEXT("test"), 60000);
}

static void
end(void)
{
	struct arena *mem = rq.mem;

	req_end(&rq);
	arena_close(&mem);
}

TestSuite(price, .init = begin, .fini = end);

static struct price_line
line(const char *category, int64_t unit_krw, int32_t quantity)
{
	return (struct price_line){ .category = text_of(category), .unit_krw = unit_krw, .quantity = quantity };
}

/* The slug of the refusal, "" when there is none. */
static const char *
price(size_t n, const struct price_coupon *coupon)
{
	const struct err *e = price_cart(&rq, lines, n, coupon, &sum);

	return e != NULL ? e->slug : "";
}

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
		cr_expect_eq(lines[i].discount_krw, shares[i], "line %zu has %lld", i, (long long)lines[i].discount_krw);
}
#define SHARES(...) shares_are(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), (int64_t[]){ __VA_ARGS__ })

Test(price, a_cart_without_a_coupon_costs_the_sum_of_its_lines)
{
	lines[0] = line("grocery", 1500, 3);
	lines[1] = line("clothing", 20000, 1);
	lines[1].discount_krw = 77;
	cr_assert_str_eq(price(2, &(struct price_coupon){ 0 }), "");
	sums_are(24500, 0);
	cr_assert_eq(lines[0].amount_krw, 4500);
	SHARES(0, 0);
}

Test(price, a_percentage_is_rounded_down)
{
	lines[0] = line("grocery", 999, 1);
	cr_assert_str_eq(price(1, PERCENT(15)), "");
	sums_are(999, 149);
	cr_assert_str_eq(price(1, PERCENT(100)), "");
	sums_are(999, 999);
	lines[0] = line("grocery", 1, 1);
	cr_assert_str_eq(price(1, PERCENT(99)), "");
	sums_are(1, 0);
}

Test(price, a_fixed_coupon_takes_no_more_than_the_goods_cost)
{
	lines[0] = line("grocery", 3000, 1);
	lines[1] = line("clothing", 4000, 1);
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
	lines[0] = line("grocery", 100000, 1);
	cr_assert_str_eq(price(1, PERCENT(50, AT_MOST(7000))), "");
	sums_are(100000, 7000);
	cr_assert_str_eq(price(1, FIXED(9000, AT_MOST(7000))), "");
	sums_are(100000, 7000);
	cr_assert_str_eq(price(1, PERCENT(5, AT_MOST(7000))), "");
	sums_are(100000, 5000);
}

Test(price, the_minimum_counts_the_goods_of_the_coupon_and_is_reached_by_equality)
{
	lines[0] = line("grocery", 10000, 1);
	lines[1] = line("clothing", 50000, 1);
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 60001)), "coupon.min_amount");
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 60000)), "");
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 10001, ONLY("grocery"))), "coupon.min_amount");
	cr_assert_str_eq(price(2, FIXED(1000, .minimum_krw = 10000, ONLY("grocery"))), "");
}

Test(price, a_category_limits_what_is_discounted)
{
	lines[0] = line("grocery", 10000, 1);
	lines[1] = line("clothing", 30000, 1);
	lines[2] = line("grocery", 20000, 1);
	cr_assert_str_eq(price(3, PERCENT(10, ONLY("grocery"))), "");
	sums_are(60000, 3000);
	SHARES(1000, 0, 2000);
	cr_assert_str_eq(price(3, PERCENT(10, ONLY("products"))), "coupon.not_applicable");
}

Test(price, the_remainder_goes_to_the_dearest_line)
{
	lines[0] = line("grocery", 100, 1);
	lines[1] = line("grocery", 300, 1);
	lines[2] = line("grocery", 100, 1);
	cr_assert_str_eq(price(3, FIXED(7)), "");
	sums_are(500, 7);
	SHARES(1, 5, 1);
}

Test(price, of_two_dearest_lines_the_first_takes_the_remainder)
{
	lines[0] = line("grocery", 100, 1);
	lines[1] = line("grocery", 150, 2);
	lines[2] = line("grocery", 300, 1);
	cr_assert_str_eq(price(3, FIXED(5)), "");
	SHARES(0, 3, 2);
}

Test(price, a_remainder_larger_than_the_room_of_the_dearest_line_goes_on_to_the_next)
{
	for (size_t i = 0; i < 3; i++)
		lines[i] = line("grocery", 1000, 1);
	cr_assert_str_eq(price(3, FIXED(2999)), "");
	sums_are(3000, 2999);
	SHARES(1000, 1000, 999);
	for (size_t i = 0; i < 3; i++)
		lines[i] = line("grocery", 1, 1);
	cr_assert_str_eq(price(3, FIXED(2)), "");
	SHARES(1, 1, 0);
}

Test(price, free_products_cost_nothing_and_take_no_share)
{
	lines[0] = line("grocery", 0, 5);
	cr_assert_str_eq(price(1, PERCENT(50)), "");
	sums_are(0, 0);
	cr_assert_str_eq(price(1, FIXED(1000)), "");
	sums_are(0, 0);
	cr_assert_str_eq(price(1, FIXED(1000, .minimum_krw = 1)), "coupon.min_amount");
	lines[1] = line("grocery", 900, 1);
	cr_assert_str_eq(price(2, FIXED(899)), "");
	SHARES(0, 899);
}

Test(price, what_no_json_number_can_say_exactly_is_refused)
{
	lines[0] = line("grocery", INT64_MAX, 2);
	cr_assert_str_eq(price(1, &(struct price_coupon){ 0 }), "order.too_dear");
	lines[0] = line("grocery", (INT64_C(1) << 53) - 2, 1);
	lines[1] = line("grocery", 1, 1);
	cr_assert_str_eq(price(2, &(struct price_coupon){ 0 }), "");
	lines[1] = line("grocery", 1, 2);
	cr_assert_str_eq(price(2, &(struct price_coupon){ 0 }), "order.too_dear");
	lines[0] = line("grocery", INT64_MAX, 1);
	lines[1] = line("grocery", INT64_MAX, 1);
	cr_assert_str_eq(price(2, PERCENT(100)), "order.too_dear");
}

Test(price, the_largest_cart_is_discounted_exactly)
{
	int64_t most = (INT64_C(1) << 53) - 1;

	lines[0] = line("grocery", most, 1);
	cr_assert_str_eq(price(1, PERCENT(99)), "");
	sums_are(most, most / 100 * 99 + most % 100 * 99 / 100);
	SHARES(sum.discount_krw);
}

/* ---- ten thousand carts */

/* xorshift64*: the seed alone makes the cart. */
static uint64_t
next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static int64_t
below(uint64_t *state, int64_t n)
{
	return (int64_t)(next(state) % (uint64_t)n);
}

static const char *const categories[] = { "grocery", "clothing", "products" };

static size_t
random_cart(uint64_t *state)
{
	static const int64_t ranges[] = { 1, 3, 100, 50000, 1000000001 };
	size_t n = 1 + (size_t)below(state, MOST_LINES);
	int64_t range = ranges[below(state, 5)];

	for (size_t i = 0; i < n; i++)
		lines[i] = line(categories[below(state, 3)], below(state, range + 1),
		    1 + (int32_t)below(state, below(state, 4) == 0 ? 10000 : 3));
	return n;
}

static struct price_coupon
random_coupon(uint64_t *state)
{
	struct price_coupon c = { .present = below(state, 8) > 0, .percent = below(state, 2) == 0 };

	c.value = 1 + below(state, c.percent ? 100 : below(state, 2) == 0 ? 20 : 1000000000);
	c.minimum_krw = below(state, 4) == 0 ? below(state, 100000) : 0;
	c.has_maximum = below(state, 3) == 0;
	c.maximum_krw = 1 + below(state, 30000);
	c.has_category = below(state, 3) == 0;
	c.category = text_of(categories[below(state, 3)]);
	return c;
}

/* What the coupon takes off the cart as a whole, computed another way: in long multiplication of cents. */
static int64_t
expected_discount(size_t n, const struct price_coupon *c, int64_t *base)
{
	int64_t d;

	*base = 0;
	for (size_t i = 0; i < n; i++)
		if (!c->has_category || text_eq(lines[i].category, c->category))
			*base += lines[i].unit_krw * lines[i].quantity;
	d = c->percent ? *base / 100 * c->value + *base % 100 * c->value / 100 : c->value;
	if (c->has_maximum && c->maximum_krw < d)
		d = c->maximum_krw;
	return !c->present ? 0 : d < *base ? d : *base;
}

static const char *
fault_of_line(const struct price_line *l, const struct price_coupon *c, int64_t base)
{
	bool eligible = c->present && (!c->has_category || text_eq(l->category, c->category));
	long double part = eligible && base > 0 ? (long double)l->amount_krw / (long double)base : 0;
	long double exact = (long double)sum.discount_krw * part;

	if (l->amount_krw != l->unit_krw * l->quantity)
		return "an amount is not unit × quantity";
	if (l->discount_krw < 0 || l->discount_krw > l->amount_krw)
		return "a line's discount is below 0 or above its amount";
	if (!eligible && l->discount_krw != 0)
		return "a line outside the category is discounted";
	if ((long double)l->discount_krw <= exact - 1.001L || (long double)l->discount_krw >= exact + MOST_LINES)
		return "a line's discount is far from its share";
	return NULL;
}

static const char *
fault_of_cart(size_t n, const struct price_coupon *c)
{
	int64_t base, amounts = 0, discounts = 0, expected = expected_discount(n, c, &base);
	const char *fault = NULL;

	for (size_t i = 0; i < n && fault == NULL; i++) {
		fault = fault_of_line(&lines[i], c, base);
		amounts += lines[i].amount_krw;
		discounts += lines[i].discount_krw;
	}
	if (fault != NULL)
		return fault;
	if (amounts != sum.total_krw || discounts != sum.discount_krw)
		return "the lines do not add up to the total or the discount";
	if (sum.paid_krw != sum.total_krw - sum.discount_krw || sum.paid_krw < 0)
		return "paid is not total − discount";
	return sum.discount_krw != expected ? "the discount is not the coupon's" : NULL;
}

Test(price, lines_add_up_to_the_totals_in_ten_thousand_random_carts)
{
	const char *told = getenv("PRICE_SEED");
	uint64_t first = told != NULL ? strtoull(told, NULL, 10) : (uint64_t)clock_real_us();
	int priced = 0;

	for (uint64_t i = 0; i < CARTS; i++) {
		uint64_t seed = first + i, state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
		size_t n = random_cart(&state);
		struct price_coupon c = random_coupon(&state);
		const char *refused = price(n, &c), *fault = *refused == '\0' ? fault_of_cart(n, &c) : NULL;

		priced += *refused == '\0' && c.present;
		cr_assert_null(fault, "%s; run again with PRICE_SEED=%llu", fault, (unsigned long long)seed);
		cr_assert(*refused == '\0' || strncmp(refused, "coupon.", 7) == 0, "%s of seed %llu", refused,
		    (unsigned long long)seed);
		arena_reset(rq.mem);
	}
	cr_assert_gt(priced, CARTS / 2);
}
