/* The lines of an order as they travel through order_create: asked for, found, priced. */
#ifndef COMMERCE_ORDER_CART_H
#define COMMERCE_ORDER_CART_H
#include "gen/proto/commerce/commerce.gen.h"
#include "services/commerce/order/price.h"

/* One product of the cart. Products are sorted by id and stand once each, so that two orders always lock
 * product rows in the same sequence. */
struct cart {
	size_t             n;
	struct uuid       *product_ids;
	int32_t           *quantities;
	struct text       *names;
	struct price_line *lines;
};

/* Merges lines of one product and sorts. RULE "order.quantity" when a merged quantity passes 10,000. */
const struct err *cart_make(struct req *rq, const struct order_line_create *lines, size_t n, struct cart *out) MUST_USE;
#endif
