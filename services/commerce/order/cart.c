/* The lines of an order: merged, sorted, found, priced. */
#include "services/commerce/order/cart.h"
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"

enum { MOST_OF_ONE = 10000 };    /* as the contract's maximum of one line */

static int
by_product(const void *a, const void *b)
{
	const struct order_line_create *one = a, *two = b;

	return memcmp(one->product_id.b, two->product_id.b, sizeof(one->product_id.b));
}

const struct err *
cart_make(struct req *rq, const struct order_line_create *lines, size_t n, struct cart *out)
{
	struct order_line_create *sorted = NEWS(rq->mem, struct order_line_create, n);

	memcpy(sorted, lines, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_product);
	*out = (struct cart){ .product_ids = NEWS(rq->mem, struct uuid, n), .quantities = NEWS(rq->mem, int32_t, n),
		.offers = NEWS(rq->mem, struct cart_offer, n), .lines = NEWS(rq->mem, struct price_line, n) };
	for (size_t i = 0; i < n; i++) {
		bool same = out->n > 0 && by_product(&sorted[i], &sorted[i - 1]) == 0;
		size_t at = same ? out->n - 1 : out->n++;

		out->product_ids[at] = sorted[i].product_id;
		out->quantities[at] += sorted[i].quantity;
		if (out->quantities[at] > MOST_OF_ONE)
			return FAIL(rq, RULE, "order.quantity", "more than %d of one product", MOST_OF_ONE);
	}
	return NULL;
}

static const struct err *
find(struct req *rq, struct cart *cart, const struct cart_offer *offers, size_t n)
{
	for (size_t i = 0, at = 0; i < cart->n; i++, at++) {
		char id[UUID_CHARS + 1];

		if (at >= n || !uuid_eq(offers[at].product_id, cart->product_ids[i])) {
			uuid_print(cart->product_ids[i], id);
			return FAIL(rq, RULE, "order.product_unknown", "no product %s is on sale", id);
		}
		if (offers[at].stock < cart->quantities[i])
			return FAIL(rq, RULE, "order.out_of_stock", "%lld left of %.*s", (long long)offers[at].stock,
			    TEXT_ARG(offers[at].name));
		cart->offers[i] = offers[at];
		cart->lines[i] = (struct price_line){ .unit_krw = offers[at].price_krw, .quantity = cart->quantities[i],
			.discount = offers[at].discount, .covered = offers[at].covered };
	}
	return NULL;
}

static const struct err *
check_coupon(struct req *rq, const struct cart_coupon *coupon)
{
	if (uuid_is_nil(coupon->id))
		return FAIL(rq, RULE, "coupon.unknown", "this coupon is not registered by you");
	if (coupon->used)
		return FAIL(rq, RULE, "coupon.used", "this coupon has been used");
	if (rq->now_us >= coupon->valid_until)
		return FAIL(rq, RULE, "coupon.expired", "this coupon has expired");
	if (rq->now_us < coupon->starts_at)
		return FAIL(rq, RULE, "coupon.not_applicable", "this coupon is not valid yet");
	return NULL;
}

const struct err *
cart_price(struct req *rq, struct cart *cart, const struct cart_found *found, bool with_coupon, struct price *out)
{
	const struct cart_coupon *c = &found->coupon;
	struct price_coupon terms = { .present = with_coupon, .off = c->off, .minimum_krw = c->minimum_krw,
		.has_maximum = c->has_maximum, .maximum_krw = c->maximum_krw };

	TRY(find(rq, cart, found->offers, found->n));
	if (with_coupon)
		TRY(check_coupon(rq, c));
	return price_cart(rq, cart->lines, cart->n, &terms, out);
}

struct order_line *
cart_lines(struct req *rq, const struct cart *cart)
{
	struct order_line *lines = NEWS(rq->mem, struct order_line, cart->n);

	for (size_t i = 0; i < cart->n; i++) {
		const struct cart_offer *o = &cart->offers[i];
		const struct price_line *l = &cart->lines[i];

		lines[i] = (struct order_line){ .line_no = (int32_t)i + 1, .product_id = o->product_id, .name = o->name,
			.unit_price_krw = l->unit_krw, .quantity = l->quantity, .amount_krw = l->amount_krw,
			.discount_krw = l->reduced_krw + l->coupon_krw, .reduced_krw = l->reduced_krw,
			.has_discount_id = !uuid_is_nil(o->discount_id), .discount_id = o->discount_id,
			.has_discount_name = !uuid_is_nil(o->discount_id), .discount_name = o->discount_name,
			.coupon_krw = l->coupon_krw };
	}
	return lines;
}
