/* POST /api/orders/preview: the price of an order that is not placed, by the path that prices those that are. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/services/commerce/order/preview.sql.h"
#include "services/commerce/order/cart.h"

const struct err *
order_preview(struct req *rq, const struct order_preview_in *in, struct order_preview *out)
{
	struct cart_found found;
	struct price price;
	struct cart cart;
	struct sql_order_look_row *rows;
	size_t n;

	TRY(cart_make(rq, in->lines, in->n_lines, &cart));
	TRY(sql_order_look(rq, cart.product_ids, cart.n, rq->user, in->registered_coupon_id, rq->now_us, &rows, &n));
	CART_FOUND(rq, rows, n, &found);
	TRY(cart_price(rq, &cart, &found, in->has_registered_coupon_id, &price));
	*out = (struct order_preview){ .n_lines = cart.n, .lines = cart_lines(rq, &cart), .total_krw = price.total_krw,
		.discount_krw = price.discount_krw, .paid_krw = price.paid_krw, .currency = TEXT("KRW"),
		.has_coupon_name = in->has_registered_coupon_id, .coupon_name = rows[0].coupon_name };
	if (rows[0].balance_krw < price.paid_krw)
		out->points_missing_krw = price.paid_krw - rows[0].balance_krw;
	return NULL;
}
