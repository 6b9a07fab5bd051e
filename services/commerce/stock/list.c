/* GET /api/products/{productId}/stock-movements: the ledger of one product, newest first. */
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/stock/list.sql.h"

const struct err *
stock_movement_list(struct req *rq, const struct stock_movement_list_in *in, struct stock_movement_page *out)
{
	struct sql_stock_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_stock_page(rq, in->product_id, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct stock_movement, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct stock_movement){ .source_id = rows[i].source_id, .kind = rows[i].kind,
			.delta = rows[i].delta, .has_reason = rows[i].reason.at != NULL, .reason = rows[i].reason,
			.has_moved_by = !uuid_is_nil(rows[i].moved_by), .moved_by = rows[i].moved_by,
			.created_at = rows[i].created_at };
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].source_id);
	return NULL;
}
