/* An order given back, in part or whole: by an operator's refund or the buyer's cancellation. */
#ifndef COMMERCE_ORDER_GIVE_BACK_H
#define COMMERCE_ORDER_GIVE_BACK_H
#include "gen/proto/commerce/commerce.gen.h"

struct give_back {
	struct uuid                      order_id;
	bool                             cancels;       /* the buyer's own order, and only before it is shipped */
	int64_t                          version;       /* an operator's: what order_etag() must still be */
	const struct refund_line_create *lines;
	size_t                           n_lines;       /* 0: everything that is left */
	struct text                      reason;        /* .at NULL: none */
	bool                             has_restock, restock;
};

/* In a write bracket: points, stock, coupon, order and refund in one, order.refunded (and order.cancelled) with them.
 * NOT_FOUND "order.not_found", STALE "order.stale", CONFLICT "order.cannot_move" "order.shipped", RULE
 * "refund.quantity", INVALID for a line named twice. */
const struct err *order_give_back(struct req *rq, const struct give_back *what, struct refund *out) MUST_USE;

/* The version in an order's ETag: it counts the moves of the order and of its parcel, both begin at 1. */
static inline int64_t
order_etag(int64_t version, int64_t shipping_version)
{
	return version + shipping_version - 1;
}

/* The parcel has not left yet: "ordered" or "preparing". */
bool order_before_dispatch(struct text shipping_status);
#endif
