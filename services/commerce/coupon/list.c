/* GET /api/coupons: what can be registered now, newest first. */
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/coupon/list.sql.h"

static struct coupon
coupon_of(const struct sql_coupon_page_row *row)
{
	return (struct coupon){ .id = row->id, .name = row->name, .kind = row->kind, .value = row->value,
		.has_category_id = !uuid_is_nil(row->category_id), .category_id = row->category_id, .minimum_krw = row->minimum_krw,
		.has_maximum_discount_krw = row->has_maximum_discount_krw,
		.maximum_discount_krw = row->maximum_discount_krw, .has_total_cap = row->has_total_cap,
		.total_cap = row->total_cap, .registered = row->registered, .starts_at = row->starts_at,
		.ends_at = row->ends_at };
}

const struct err *
coupon_list(struct req *rq, const struct coupon_list_in *in, struct coupon_page *out)
{
	struct sql_coupon_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_coupon_page(rq, rq->now_us, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct coupon, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = coupon_of(&rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
