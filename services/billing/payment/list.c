/* GET /api/payments: own payments, newest first; an operator's list goes over everybody's and may ask for one user. */
#include <string.h>
#include "common/http/page.h"
#include "services/billing/payment/payment.h"

struct listing { struct page page; struct text status; struct uuid user, from, before; };

/* Ids begin with the millisecond they were made in, so a time is a bound of ids. */
static struct uuid
id_at(int64_t us)
{
	struct uuid id = { { 0 } };

	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)((uint64_t)(us / 1000) >> (40 - 8 * i));
	return id;
}

static const struct err *
read_listing(struct req *rq, const struct payment_list_in *in, struct listing *l)
{
	struct uuid to = id_at(in->to);

	if (in->has_user_id && rq->who != WHO_OPERATOR)
		return FAIL(rq, FORBIDDEN, "payment.others", "userId is for operators");
	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &l->page));
	l->user = rq->who == WHO_OPERATOR ? in->user_id : rq->user;
	l->status = in->has_status ? in->status : (struct text){ NULL, 0 };
	l->from = in->has_from ? id_at(in->from) : anybody;
	l->before = in->has_to && memcmp(to.b, l->page.before.b, sizeof(to.b)) < 0 ? to : l->page.before;
	return NULL;
}

static void
show(struct req *rq, const struct sql_payment_page_row *row, struct payment *out)
{
	*out = PAYMENT(*row);
	payment_show_owner(rq, out, row->user_id, row->company_id);
}

const struct err *
payment_list(struct req *rq, const struct payment_list_in *in, struct payment_page *out)
{
	struct sql_payment_page_row *rows;
	struct listing l = { 0 };
	size_t n;

	TRY(read_listing(rq, in, &l));
	TRY(sql_payment_page(rq, l.user, l.status, l.from, l.before, page_ask(&l.page), &rows, &n));
	out->n_items = page_shown(&l.page, n);
	out->items = NEWS(rq->mem, struct payment, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		show(rq, &rows[i], &out->items[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
