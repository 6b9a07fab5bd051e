/* The lines of an order as they travel through order_create and order_preview: asked for, found, priced. */
#ifndef COMMERCE_ORDER_CART_H
#define COMMERCE_ORDER_CART_H
#include "gen/proto/commerce/commerce.gen.h"
#include "services/commerce/order/price.h"

/* A product as the shop offers it now; discount_id nil: none applies. covered: the coupon of the cart is for it. */
struct cart_offer {
	struct uuid      product_id, discount_id;
	struct text      name, discount_name;
	int64_t          price_krw, stock;
	struct price_off discount;
	bool             covered;
};

/* The registered coupon that a cart asks for. id nil: the caller has none of that id. */
struct cart_coupon {
	struct uuid      id;
	struct text      name;
	bool             used;
	int64_t          starts_at, valid_until;
	struct price_off off;
	int64_t          minimum_krw;
	bool             has_maximum;
	int64_t          maximum_krw;
};

/* What the database had for a cart: its products by id, and the coupon it asks for. */
struct cart_found { size_t n; struct cart_offer *offers; struct cart_coupon coupon; };

/* Fills *out of the rows of order_open or order_look, which have the same columns. */
#define CART_FOUND(rq, rows, count, out) do { \
		*(out) = (struct cart_found){ .n = (count), .offers = NEWS((rq)->mem, struct cart_offer, (count)) }; \
		for (size_t i_ = 0; i_ < (count); i_++) \
			(out)->offers[i_] = CART_OFFER((rows)[i_]); \
		if ((count) > 0) \
			(out)->coupon = CART_COUPON((rows)[0]); \
	} while (0)
#define CART_OFFER(row) (struct cart_offer){ .product_id = (row).product_id, .name = (row).name, \
	.price_krw = (row).price_krw, .stock = (row).stock, .discount_id = (row).discount_id, \
	.discount_name = (row).discount_name, .discount = { (row).discount_percent, (row).discount_value }, \
	.covered = (row).covered }
#define CART_COUPON(row) (struct cart_coupon){ .id = (row).coupon_id, .name = (row).coupon_name, \
	.used = (row).coupon_used, .starts_at = (row).coupon_starts_at, .valid_until = (row).coupon_valid_until, \
	.off = { text_is((row).coupon_kind, "percent"), (row).coupon_value }, .minimum_krw = (row).coupon_minimum_krw, \
	.has_maximum = (row).has_coupon_maximum_krw, .maximum_krw = (row).coupon_maximum_krw }

/* Products are sorted by id and stand once each, so that two orders always lock product rows in the same
 * sequence. */
struct cart {
	size_t             n;
	struct uuid       *product_ids;
	int32_t           *quantities;
	struct cart_offer *offers;
	struct price_line *lines;
};

/* Merges lines of one product and sorts. RULE "order.quantity" when a merged quantity passes 10,000. */
const struct err *cart_make(struct req *rq, const struct order_line_create *lines, size_t n, struct cart *out) MUST_USE;

/* Prices the cart: the one path of what is shown and what is taken. A product that was not found is RULE
 * "order.product_unknown", too few are "order.out_of_stock"; with_coupon: the coupon must have been found and be usable,
 * else "coupon.unknown", "coupon.used", "coupon.expired", "coupon.not_applicable", "coupon.min_amount". */
const struct err *cart_price(struct req *rq, struct cart *cart, const struct cart_found *found, bool with_coupon,
    struct price *out) MUST_USE;

/* The priced lines as they are answered. */
struct order_line *cart_lines(struct req *rq, const struct cart *cart);
#endif
