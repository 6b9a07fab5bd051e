/* The arithmetic of a cart, against ten thousand random ones. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/unit/commerce/order/till.h"

enum { CARTS = 10000 };

TestSuite(random_carts, .init = till_open, .fini = till_close);

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

	for (size_t i = 0; i < n; i++) {
		bool percent = below(state, 2) == 0;

		line(i, categories[below(state, 3)], below(state, range + 1),
		    1 + (int32_t)below(state, below(state, 4) == 0 ? 10000 : 3));
		if (below(state, 2) == 0)
			discounted(i, percent, 1 + below(state, percent ? 100 : range * 2));
	}
	return n;
}

static struct terms
random_coupon(uint64_t *state)
{
	struct terms c = { .present = below(state, 8) > 0, .percent = below(state, 2) == 0 };

	c.value = 1 + below(state, c.percent ? 100 : below(state, 2) == 0 ? 20 : 1000000000);
	c.minimum_krw = below(state, 4) == 0 ? below(state, 100000) : 0;
	c.has_maximum = below(state, 3) == 0;
	c.maximum_krw = 1 + below(state, 30000);
	c.only = below(state, 3) == 0 ? categories[below(state, 3)] : NULL;
	return c;
}

/* Whole hundreds and the rest apart: the same rounding down by another way. */
static int64_t
percent_of(int64_t base, int64_t percent)
{
	return base / 100 * percent + base % 100 * percent / 100;
}

static int64_t
expected_piece(const struct price_line *l)
{
	int64_t off = l->discount.percent ? percent_of(l->unit_krw, l->discount.value) : l->discount.value;

	return off < l->unit_krw ? off : l->unit_krw;
}

/* What the coupon takes off the cart as a whole. */
static int64_t
expected_coupon(size_t n, const struct terms *c, int64_t *base)
{
	int64_t d;

	*base = 0;
	for (size_t i = 0; i < n; i++)
		if (lines[i].covered)
			*base += (lines[i].unit_krw - expected_piece(&lines[i])) * lines[i].quantity;
	d = c->percent ? percent_of(*base, c->value) : c->value;
	if (c->has_maximum && c->maximum_krw < d)
		d = c->maximum_krw;
	return !c->present ? 0 : d < *base ? d : *base;
}

static const char *
fault_of_line(const struct price_line *l, bool present, int64_t base, int64_t by_coupon)
{
	int64_t left = l->amount_krw - l->reduced_krw;
	bool covered = present && l->covered;
	long double part = covered && base > 0 ? (long double)left / (long double)base : 0;
	long double exact = (long double)by_coupon * part;

	if (l->amount_krw != l->unit_krw * l->quantity)
		return "an amount is not unit × quantity";
	if (l->reduced_krw != expected_piece(l) * l->quantity)
		return "a line is reduced by something else than its discount";
	if (l->coupon_krw < 0 || l->coupon_krw > left)
		return "a line's share is below 0 or above what it costs";
	if (!covered && l->coupon_krw != 0)
		return "a line that the coupon does not cover has a share";
	if ((long double)l->coupon_krw <= exact - 1.001L || (long double)l->coupon_krw >= exact + MOST_LINES)
		return "a line's share is far from its part";
	return NULL;
}

static const char *
fault_of_cart(size_t n, const struct terms *c)
{
	int64_t base, amounts = 0, reduced = 0, shares = 0, by_coupon = expected_coupon(n, c, &base);
	const char *fault = NULL;

	for (size_t i = 0; i < n && fault == NULL; i++) {
		fault = fault_of_line(&lines[i], c->present, base, by_coupon);
		amounts += lines[i].amount_krw;
		reduced += lines[i].reduced_krw;
		shares += lines[i].coupon_krw;
	}
	if (fault != NULL)
		return fault;
	if (amounts != sum.total_krw || reduced + shares != sum.discount_krw)
		return "the lines do not add up to the total or the discount";
	if (sum.paid_krw != sum.total_krw - sum.discount_krw || sum.paid_krw < 0)
		return "paid is not total − discount";
	return shares != by_coupon ? "the shares are not what the coupon takes off" : NULL;
}

Test(random_carts, lines_add_up_to_the_totals_in_ten_thousand_random_carts)
{
	const char *told = getenv("PRICE_SEED");
	uint64_t first = told != NULL ? strtoull(told, NULL, 10) : (uint64_t)clock_real_us();
	int priced = 0;

	for (uint64_t i = 0; i < CARTS; i++) {
		uint64_t seed = first + i, state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
		size_t n = random_cart(&state);
		struct terms c = random_coupon(&state);
		const char *refused = price(n, &c), *fault = *refused == '\0' ? fault_of_cart(n, &c) : NULL;

		priced += *refused == '\0' && c.present;
		cr_assert_null(fault, "%s; run again with PRICE_SEED=%llu", fault, (unsigned long long)seed);
		cr_assert(*refused == '\0' || strncmp(refused, "coupon.", 7) == 0, "%s of seed %llu", refused,
		    (unsigned long long)seed);
		till_reset();
	}
	cr_assert_gt(priced, CARTS / 2);
}
