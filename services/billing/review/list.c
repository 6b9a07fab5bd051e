/* GET /api/payment-reviews: captures that are not as the books say, newest first, for operators. */
#include "common/http/page.h"
#include "gen/proto/billing/billing.gen.h"
#include "services/billing/review/review.h"

const struct err *
payment_review_list(struct req *rq, const struct payment_review_list_in *in, struct payment_review_page *out)
{
	struct text state = in->has_state ? in->state : (struct text){ NULL, 0 };
	struct sql_review_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_review_page(rq, state, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct payment_review, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = REVIEW(rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
