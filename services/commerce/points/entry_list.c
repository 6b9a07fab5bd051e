/* GET /api/points/entries: own ledger, newest first. */
#include "services/commerce/points/entry_list.h"
#include "gen/services/commerce/points/entry_list.sql.h"

const struct err *
points_ledger_page(struct req *rq, struct uuid user, const struct page *page, struct points_entry_page *out)
{
	struct sql_points_entry_page_row *rows;
	size_t n;

	TRY(sql_points_entry_page(rq, user, page->before, page_ask(page), &rows, &n));
	out->n_items = page_shown(page, n);
	out->items = NEWS(rq->mem, struct points_entry, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct points_entry){ .id = rows[i].id, .kind = rows[i].kind,
			.amount_krw = rows[i].amount_krw, .balance_krw = rows[i].balance_krw,
			.source_id = rows[i].source_id, .has_note = rows[i].note.at != NULL, .note = rows[i].note,
			.created_at = rows[i].created_at };
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}

const struct err *
points_entry_list(struct req *rq, const struct points_entry_list_in *in, struct points_entry_page *out)
{
	struct page page;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	return points_ledger_page(rq, rq->user, &page, out);
}
