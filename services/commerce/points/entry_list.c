/* GET /api/points/entries: own ledger, newest first. */
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/points/entry_list.sql.h"

const struct err *
points_entry_list(struct req *rq, const struct points_entry_list_in *in, struct points_entry_page *out)
{
	struct sql_points_entry_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_points_entry_page(rq, rq->user, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct points_entry, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct points_entry){ .id = rows[i].id, .kind = rows[i].kind,
			.amount_krw = rows[i].amount_krw, .balance_krw = rows[i].balance_krw,
			.source_id = rows[i].source_id, .created_at = rows[i].created_at };
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
