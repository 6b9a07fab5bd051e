/* POST /api/orders/{orderId}/cancellation: the buyer takes an order back that is not shipped yet. */
#include "services/commerce/order/give_back.h"

const struct err *
order_cancel(struct req *rq, const struct order_cancel_in *in, struct refund *out)
{
	return order_give_back(rq, &(struct give_back){ .order_id = in->order_id, .cancels = true, .reason = in->reason }, out);
}
