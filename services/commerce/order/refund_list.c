/* GET /api/orders/{orderId}/refunds: what was given back, newest first. */
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/order/refund_list.sql.h"

static struct refund
refund_of(struct req *rq, const struct sql_order_refund_page_row *row)
{
	struct refund refund = { .id = row->id, .order_id = row->order_id, .status = row->status,
		.amount_krw = row->amount_krw, .cumulative_krw = row->cumulative_krw, .restocked = row->restocked,
		.coupon_returned = row->coupon_returned, .has_reason = row->reason.at != NULL, .reason = row->reason,
		.created_at = row->created_at, .n_lines = row->n_line_nos,
		.lines = NEWS(rq->mem, struct refund_line, row->n_line_nos) };

	for (size_t i = 0; i < row->n_line_nos; i++)
		refund.lines[i] = (struct refund_line){ .line_no = row->line_nos[i], .quantity = row->quantities[i],
			.amount_krw = row->amounts[i] };
	return refund;
}

const struct err *
order_refund_list(struct req *rq, const struct order_refund_list_in *in, struct refund_page *out)
{
	struct sql_order_refund_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_order_refund_page(rq, in->order_id, rq->user, rq->who == WHO_OPERATOR, page.before, page_ask(&page), &rows,
	    &n));
	if (n == 0)
		return FAIL(rq, NOT_FOUND, "order.not_found", "there is no such order");
	if (uuid_is_nil(rows[0].id))
		return NULL;
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct refund, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = refund_of(rq, &rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, out->items[out->n_items - 1].id);
	return NULL;
}
