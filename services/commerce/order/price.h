/* What a cart costs: pure arithmetic, shared by everything that shows or takes a price. */
#ifndef COMMERCE_ORDER_PRICE_H
#define COMMERCE_ORDER_PRICE_H
#include "common/core/req.h"

struct price_line {
	struct text category;
	int64_t     unit_krw;
	int32_t     quantity;
	int64_t     amount_krw;      /* out: unit × quantity */
	int64_t     discount_krw;    /* out: this line's share */
};

/* The terms of the one coupon of a cart. present false: none. */
struct price_coupon {
	bool        present, percent;
	int64_t     value, minimum_krw;
	bool        has_category, has_maximum;
	struct text category;
	int64_t     maximum_krw;
};

struct price { int64_t total_krw, discount_krw, paid_krw; };

/* Fills amounts and discounts of the lines and the sums. The discount is taken off the lines in the coupon's
 * category (none: all), rounded down, capped by the coupon's maximum and by what those lines cost, and split
 * over them: each its floor, the remainder to the dearest line, ties to the first, and what is more than that
 * line costs to the next dearest. So Σ amounts = total, Σ discounts = discount, 0 ≤ discount ≤ amount on each line.
 * RULE "order.too_dear" past 2^53 − 1, "coupon.not_applicable", "coupon.min_amount". */
const struct err *price_cart(struct req *rq, struct price_line *lines, size_t n, const struct price_coupon *coupon,
    struct price *out) MUST_USE;
#endif
