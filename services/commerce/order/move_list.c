/* GET /api/orders/{orderId}/moves: how the order and its parcel came to where they are, the latest first. */
#include "common/core/text.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/order/move_list.sql.h"

const struct err *
order_move_list(struct req *rq, const struct order_move_list_in *in, struct order_moves *out)
{
	struct sql_order_moves_row *rows;

	TRY(sql_order_moves(rq, in->order_id, rq->user, rq->who == WHO_OPERATOR, &rows, &out->n_items));
	if (out->n_items == 0)
		return FAIL(rq, NOT_FOUND, "order.not_found", "there is no such order");
	out->items = NEWS(rq->mem, struct order_move, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct order_move){ .of = rows[i].of_order ? TEXT("order") : TEXT("shipping"),
			.status = rows[i].status, .moved_by = rows[i].moved_by, .moved_at = rows[i].moved_at };
	return NULL;
}
