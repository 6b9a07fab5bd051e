/* GET /api/discounts: what applies, will apply and did, newest first; of one product, one category, or all. */
#include "common/http/page.h"
#include "gen/services/commerce/discount/list.sql.h"
#include "services/commerce/discount/discount.h"

const struct err *
discount_list(struct req *rq, const struct discount_list_in *in, struct discount_page *out)
{
	struct sql_discount_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_discount_page(rq, in->product_id, in->category_id, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct discount, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = DISCOUNT(rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
