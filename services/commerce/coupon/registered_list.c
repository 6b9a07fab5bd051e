/* GET /api/registered-coupons: own coupons, newest first. */
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/coupon/registered_list.sql.h"

static struct text
status_of(const struct req *rq, const struct sql_registered_coupon_page_row *row)
{
	if (row->used)
		return TEXT("used");
	return rq->now_us >= row->valid_until ? TEXT("expired") : TEXT("usable");
}

const struct err *
registered_coupon_list(struct req *rq, const struct registered_coupon_list_in *in, struct registered_coupon_page *out)
{
	struct sql_registered_coupon_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_registered_coupon_page(rq, rq->user, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct registered_coupon, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct registered_coupon){ .id = rows[i].id, .coupon_id = rows[i].coupon_id,
			.name = rows[i].name, .kind = rows[i].kind, .value = rows[i].value,
			.status = status_of(rq, &rows[i]), .valid_until = rows[i].valid_until,
			.registered_at = rows[i].registered_at };
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
