/* GET /api/products: what is on sale, in one of three orders, of a subtree or all, with filters; or what was found.
 *
 * How each statement stays as fast among a million products stands in list.sql. */
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/services/commerce/product/list.sql.h"
#include "services/commerce/product/product.h"

static const int64_t MOST_KRW = 1000000000;     /* as the contract's highest price */

/* What is asked for, with the place where the page begins: behind (key, id) in the order of the list. */
struct wish {
	struct uuid category_id, id;
	bool        in_stock;
	int64_t     least, most, key;
	int32_t     ask;
	struct text q, sort;
};

/* The rows of one statement as products; they all have the same columns. */
#define TAKE(statement, ...) do { \
		struct sql_##statement##_row *rows_; \
		TRY(sql_##statement(rq, __VA_ARGS__, &rows_, n)); \
		*items = NEWS(rq->mem, struct product, *n); \
		for (size_t i_ = 0; i_ < *n; i_++) \
			(*items)[i_] = PRODUCT(rq, rows_[i_]); \
		return NULL; \
	} while (0)

static const struct err *
take_newest(struct req *rq, const struct wish *w, struct product **items, size_t *n)
{
	TAKE(product_newest, w->category_id, w->in_stock, w->least, w->most, w->id, w->ask);
}

static const struct err *
take_cheapest(struct req *rq, const struct wish *w, struct product **items, size_t *n)
{
	if (uuid_is_nil(w->category_id))
		TAKE(product_cheapest, w->in_stock, w->key, w->id, w->most, w->ask);
	TAKE(product_cheapest_of, w->category_id, w->in_stock, w->key, w->id, w->most, w->ask);
}

static const struct err *
take_dearest(struct req *rq, const struct wish *w, struct product **items, size_t *n)
{
	if (uuid_is_nil(w->category_id))
		TAKE(product_dearest, w->in_stock, w->key, w->id, w->least, w->ask);
	TAKE(product_dearest_of, w->category_id, w->in_stock, w->key, w->id, w->least, w->ask);
}

static const struct err *
take_found(struct req *rq, const struct wish *w, struct product **items, size_t *n)
{
	TAKE(product_search, &(struct sql_product_search_in){ .q = w->q, .sort = w->sort, .category_id = w->category_id,
		.in_stock = w->in_stock, .least = w->least, .most = w->most, .key = w->key, .id = w->id, .ask = w->ask });
}

static const struct err *
take_deleted(struct req *rq, const struct wish *w, struct product **items, size_t *n)
{
	TAKE(product_gone, w->category_id, w->least, w->most, w->id, w->ask);
}

static const struct err *
wish_of(struct req *rq, const struct product_list_in *in, const struct page *page, struct wish *w)
{
	*w = (struct wish){ .category_id = in->category_id, .id = page->before, .in_stock = in->has_in_stock && in->in_stock,
		.least = in->has_price_min ? in->price_min : 0, .most = in->has_price_max ? in->price_max : MOST_KRW,
		.key = page->key, .ask = page_ask(page), .q = in->q, .sort = in->has_sort ? in->sort : TEXT("newest") };
	if (page->is_first && text_is(w->sort, "cheapest")) {
		w->key = w->least;
		w->id = (struct uuid){ 0 };
	} else if (page->is_first && text_is(w->sort, "dearest")) {
		w->key = w->most;
	}
	if (in->has_deleted && in->deleted && rq->who != WHO_OPERATOR)
		return FAIL(rq, FORBIDDEN, "http.forbidden", "only operators see what was deleted");
	return NULL;
}

static const struct err *
take(struct req *rq, const struct product_list_in *in, const struct wish *w, struct product **items, size_t *n)
{
	if (in->has_deleted && in->deleted)
		return take_deleted(rq, w, items, n);
	if (in->has_q)
		return take_found(rq, w, items, n);
	if (text_is(w->sort, "cheapest"))
		return take_cheapest(rq, w, items, n);
	return text_is(w->sort, "dearest") ? take_dearest(rq, w, items, n) : take_newest(rq, w, items, n);
}

const struct err *
product_list(struct req *rq, const struct product_list_in *in, struct product_page *out)
{
	struct wish wish;
	struct page page;
	size_t n;

	TRY(page_read_keyed(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(wish_of(rq, in, &page, &wish));
	TRY(take(rq, in, &wish, &out->items, &n));
	out->n_items = page_shown(&page, n);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor) {
		const struct product *last = &out->items[out->n_items - 1];

		out->next_cursor = page_cursor_keyed(rq, last->price_krw, last->id);
	}
	return NULL;
}
