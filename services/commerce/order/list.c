/* GET /api/orders: own orders, newest first; an operator sees everybody's. */
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/order/list.sql.h"
#include "services/commerce/order/filter.h"
#include <string.h>

#define SUMMARY(row) (struct order_summary){ .id = (row).id, .order_no = (row).order_no, .user_id = (row).user_id, \
	.status = (row).status, .shipping_status = (row).shipping_status, .first_product = (row).first_product, \
	.line_count = (row).line_count, .total_krw = (row).total_krw, .discount_krw = (row).discount_krw, \
	.paid_krw = (row).paid_krw, .refunded_krw = (row).refunded_krw, .created_at = (row).created_at }

/* What is asked for, ready for either statement: their parameters are the same. */
struct query { struct order_filter filter; struct order_range range; int32_t ask; };
#define ASKED(q) { .user_id = (q)->filter.user_id, .before = (q)->range.before, .after = (q)->range.after, \
	.placed_from = (q)->filter.from_us, .placed_to = (q)->filter.to_us, .status = (q)->filter.status, \
	.shipping_status = (q)->filter.shipping_status, .order_no = (q)->filter.order_no, .ask = (q)->ask }

static const struct err *
page_of_user(struct req *rq, const struct query *query, struct order_summary **items, size_t *n)
{
	struct sql_order_page_of_user_in in = ASKED(query);
	struct sql_order_page_of_user_row *rows;

	TRY(sql_order_page_of_user(rq, &in, &rows, n));
	*items = NEWS(rq->mem, struct order_summary, *n);
	for (size_t i = 0; i < *n; i++)
		(*items)[i] = SUMMARY(rows[i]);
	return NULL;
}

static const struct err *
page_of_all(struct req *rq, const struct query *query, struct order_summary **items, size_t *n)
{
	struct sql_order_page_of_all_in in = ASKED(query);
	struct sql_order_page_of_all_row *rows;

	TRY(sql_order_page_of_all(rq, &in, &rows, n));
	*items = NEWS(rq->mem, struct order_summary, *n);
	for (size_t i = 0; i < *n; i++)
		(*items)[i] = SUMMARY(rows[i]);
	return NULL;
}

static const struct err *
own_only(struct req *rq, const struct order_list_in *in, struct query *query)
{
	if (rq->who == WHO_OPERATOR)
		return NULL;
	if (in->has_user_id && !uuid_eq(in->user_id, rq->user))
		return FAIL(rq, FORBIDDEN, "order.not_yours", "only operators see the orders of others");
	query->filter.user_id = rq->user;
	return NULL;
}

const struct err *
order_list(struct req *rq, const struct order_list_in *in, struct order_page *out)
{
	struct query query = { .filter = ORDER_FILTER(in) };
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(own_only(rq, in, &query));
	query.range = order_filter_range(rq, &query.filter);
	query.ask = page_ask(&page);
	if (memcmp(page.before.b, query.range.before.b, sizeof(page.before.b)) < 0)
		query.range.before = page.before;
	if (uuid_is_nil(query.filter.user_id))
		TRY(page_of_all(rq, &query, &out->items, &n));
	else
		TRY(page_of_user(rq, &query, &out->items, &n));
	out->n_items = page_shown(&page, n);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, out->items[out->n_items - 1].id);
	return NULL;
}
