/* GET /api/coupons/{couponId}/codes: an operator reads them again, newest first. */
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/coupon/code_list.sql.h"
#include "services/commerce/coupon/code.h"

const struct err *
coupon_code_list(struct req *rq, const struct coupon_code_list_in *in, struct coupon_code_page *out)
{
	struct sql_coupon_code_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_coupon_code_page(rq, in->coupon_id, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct coupon_code, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct coupon_code){ .id = rows[i].id, .code = coupon_code_shown(rq->mem, rows[i].code),
			.uses_most = rows[i].uses_most, .uses = rows[i].uses, .created_at = rows[i].created_at };
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
