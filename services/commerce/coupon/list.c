/* GET /api/coupons: what anybody can claim now, newest first; an operator sees all definitions. */
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/services/commerce/coupon/list.sql.h"
#include "services/commerce/coupon/coupon.h"

static const struct err *
page_of_open(struct req *rq, const struct page *page, struct coupon **items, size_t *n)
{
	struct sql_coupon_page_row *rows;

	TRY(sql_coupon_page(rq, rq->now_us, page->before, page_ask(page), &rows, n));
	*items = NEWS(rq->mem, struct coupon, *n);
	for (size_t i = 0; i < *n; i++)
		(*items)[i] = COUPON(rows[i]);
	return NULL;
}

static const struct err *
page_of_all(struct req *rq, const struct page *page, struct coupon **items, size_t *n)
{
	struct sql_coupon_page_of_all_row *rows;

	TRY(sql_coupon_page_of_all(rq, page->before, page_ask(page), &rows, n));
	*items = NEWS(rq->mem, struct coupon, *n);
	for (size_t i = 0; i < *n; i++)
		(*items)[i] = COUPON(rows[i]);
	return NULL;
}

const struct err *
coupon_list(struct req *rq, const struct coupon_list_in *in, struct coupon_page *out)
{
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	if (rq->who == WHO_OPERATOR)
		TRY(page_of_all(rq, &page, &out->items, &n));
	else
		TRY(page_of_open(rq, &page, &out->items, &n));
	out->n_items = page_shown(&page, n);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, out->items[out->n_items - 1].id);
	return NULL;
}
