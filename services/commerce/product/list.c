/* GET /api/products: what is on sale, newest first, of one category or all. */
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/product/list.sql.h"
#include "services/commerce/product/product.h"

static const struct err *
page_of_category(struct req *rq, struct uuid category_id, const struct page *page, struct product **items, size_t *n)
{
	struct sql_product_page_row *rows;

	TRY(sql_product_page(rq, category_id, page->before, page_ask(page), &rows, n));
	*items = NEWS(rq->mem, struct product, *n);
	for (size_t i = 0; i < *n; i++)
		(*items)[i] = PRODUCT(rows[i]);
	return NULL;
}

static const struct err *
page_of_all(struct req *rq, const struct page *page, struct product **items, size_t *n)
{
	struct sql_product_page_of_all_row *rows;

	TRY(sql_product_page_of_all(rq, page->before, page_ask(page), &rows, n));
	*items = NEWS(rq->mem, struct product, *n);
	for (size_t i = 0; i < *n; i++)
		(*items)[i] = PRODUCT(rows[i]);
	return NULL;
}

const struct err *
product_list(struct req *rq, const struct product_list_in *in, struct product_page *out)
{
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	if (in->has_category_id)
		TRY(page_of_category(rq, in->category_id, &page, &out->items, &n));
	else
		TRY(page_of_all(rq, &page, &out->items, &n));
	out->n_items = page_shown(&page, n);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, out->items[out->n_items - 1].id);
	return NULL;
}
