/* POST /api/orders/{orderId}/refunds: an operator gives some pieces back, or everything that is left. */
#include "common/http/http.h"
#include "services/commerce/order/give_back.h"

const struct err *
order_refund(struct req *rq, const struct order_refund_in *in, struct refund *out)
{
	struct give_back what = { .order_id = in->order_id, .lines = in->lines, .n_lines = in->n_lines,
		.reason = in->reason, .has_restock = in->has_restock, .restock = in->restock };

	TRY(http_if_match(rq, &what.version));
	return order_give_back(rq, &what, out);
}
