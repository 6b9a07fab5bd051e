/* GET /api/payments: own payments, newest first. */
#include "common/http/page.h"
#include "services/billing/payment/payment.h"

const struct err *
payment_list(struct req *rq, const struct payment_list_in *in, struct payment_page *out)
{
	struct sql_payment_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_payment_page(rq, rq->user, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct payment, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = PAYMENT(rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
