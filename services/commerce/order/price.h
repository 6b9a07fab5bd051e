/* What a cart costs: pure arithmetic, shared by everything that shows or takes a price.
 *
 * The rule. Each line has at most one discount: of those that apply to its product or to a category above it, the
 * one of the highest priority, of equals the one that takes off more, of equals the older (discount_best() in the database).
 * It is taken off each piece, a percentage rounded down, never more than the price. Then at most one coupon is taken
 * off what remains of the lines it covers: rounded down, capped by the coupon's maximum and by what those lines
 * still cost, and split over them: each its floor, the remainder to the dearest line, ties to the first, and what
 * is more than that line still costs to the next dearest. So Σ amounts = total, Σ reduced + Σ coupon = discount,
 * 0 ≤ reduced + coupon ≤ amount on each line. */
#ifndef COMMERCE_ORDER_PRICE_H
#define COMMERCE_ORDER_PRICE_H
#include "common/core/req.h"

/* Percent 1 to 100, or KRW off. value 0: none. */
struct price_off { bool percent; int64_t value; };

struct price_line {
	int64_t          unit_krw;
	int32_t          quantity;
	struct price_off discount;       /* of each piece */
	bool             covered;        /* the coupon is for this product */
	int64_t          amount_krw;     /* out: unit × quantity */
	int64_t          reduced_krw;    /* out: by the discount */
	int64_t          coupon_krw;     /* out: this line's share of the coupon */
};

/* The terms of the one coupon of a cart. present false: none. */
struct price_coupon {
	bool             present;
	struct price_off off;            /* of all it covers */
	int64_t          minimum_krw;    /* of what remains of the lines it covers */
	bool             has_maximum;
	int64_t          maximum_krw;
};

struct price { int64_t total_krw, discount_krw, paid_krw; };

/* Fills amounts, discounts and shares of the lines and the sums. RULE "order.too_dear" past 2^53 − 1,
 * "coupon.not_applicable" when no line is covered, "coupon.min_amount". */
const struct err *price_cart(struct req *rq, struct price_line *lines, size_t n, const struct price_coupon *coupon,
    struct price *out) MUST_USE;
#endif
