/* GET /api/registered-coupons: own coupons, newest first. */
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/coupon/registered_list.sql.h"

const struct err *
registered_coupon_list(struct req *rq, const struct registered_coupon_list_in *in, struct registered_coupon_page *out)
{
	struct sql_registered_coupon_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_registered_coupon_page(rq, rq->user, page.before, rq->now_us, in->status, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct registered_coupon, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct registered_coupon){ .id = rows[i].id, .coupon_id = rows[i].coupon_id,
			.name = rows[i].name, .kind = rows[i].kind, .value = rows[i].value, .status = rows[i].status,
			.valid_until = rows[i].valid_until, .registered_at = rows[i].registered_at,
			.has_order_id = !uuid_is_nil(rows[i].order_id), .order_id = rows[i].order_id };
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
