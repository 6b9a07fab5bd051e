/* GET /api/orders: own orders, newest first; an operator sees everybody's. */
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/order/list.sql.h"

#define SUMMARY(row) (struct order_summary){ .id = (row).id, .order_no = (row).order_no, .status = (row).status, \
	.shipping_status = (row).shipping_status, .first_product = (row).first_product, .line_count = (row).line_count, \
	.total_krw = (row).total_krw, .discount_krw = (row).discount_krw, .paid_krw = (row).paid_krw, \
	.created_at = (row).created_at }

static const struct err *
page_of_user(struct req *rq, const struct page *page, struct order_summary **items, size_t *n)
{
	struct sql_order_page_of_user_row *rows;

	TRY(sql_order_page_of_user(rq, rq->user, page->before, page_ask(page), &rows, n));
	*items = NEWS(rq->mem, struct order_summary, *n);
	for (size_t i = 0; i < *n; i++)
		(*items)[i] = SUMMARY(rows[i]);
	return NULL;
}

static const struct err *
page_of_all(struct req *rq, const struct page *page, struct order_summary **items, size_t *n)
{
	struct sql_order_page_of_all_row *rows;

	TRY(sql_order_page_of_all(rq, page->before, page_ask(page), &rows, n));
	*items = NEWS(rq->mem, struct order_summary, *n);
	for (size_t i = 0; i < *n; i++)
		(*items)[i] = SUMMARY(rows[i]);
	return NULL;
}

const struct err *
order_list(struct req *rq, const struct order_list_in *in, struct order_page *out)
{
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	if (rq->who == WHO_OPERATOR)
		TRY(page_of_all(rq, &page, &out->items, &n));
	else
		TRY(page_of_user(rq, &page, &out->items, &n));
	out->n_items = page_shown(&page, n);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, out->items[out->n_items - 1].id);
	return NULL;
}
