/* GET /api/payment-reconciliations and one of them: what came of the comparisons, for operators. */
#include "common/http/page.h"
#include "common/core/id.h"
#include "gen/proto/billing/billing.gen.h"
#include "services/billing/reconcile/reconcile.h"

enum { DIFFERENCES_MOST = 500 };

#define RECONCILIATION(row) (struct payment_reconciliation){ .day = (row).day, .has_ran_at = (row).has_ran_at, \
	.ran_at = (row).ran_at, .transactions = (row).transactions, .ours_krw = (row).ours_krw, \
	.theirs_krw = (row).theirs_krw, .differences = (row).differences, \
	.has_acknowledged_by = !uuid_is_nil((row).acknowledged_by), .acknowledged_by = (row).acknowledged_by, \
	.has_acknowledged_at = (row).has_acknowledged_at, .acknowledged_at = (row).acknowledged_at, \
	.has_acknowledgement = (row).acknowledgement.at != NULL, .acknowledgement = (row).acknowledgement }

const struct err *
payment_reconciliation_list(struct req *rq, const struct payment_reconciliation_list_in *in,
    struct payment_reconciliation_page *out)
{
	struct sql_reconciliation_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_reconciliation_page(rq, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct payment_reconciliation, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = RECONCILIATION(rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}

static const struct err *
read_day(struct req *rq, struct text text, struct day *day)
{
	return day_parse(text, day) ? NULL : FAIL(rq, NOT_FOUND, "reconciliation.not_found", "that is no day");
}

static const struct err *
read_reconciliation(struct req *rq, struct day day, struct payment_reconciliation *out)
{
	struct sql_reconciliation_find_row row;
	struct sql_difference_list_row *rows;
	bool found;

	TRY(sql_reconciliation_find(rq, day, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "reconciliation.not_found", "that day has not been compared");
	*out = RECONCILIATION(row);
	TRY(sql_difference_list(rq, day, DIFFERENCES_MOST, &rows, &out->n_found));
	out->found = NEWS(rq->mem, struct payment_difference, out->n_found);
	for (size_t i = 0; i < out->n_found; i++)
		out->found[i] = (struct payment_difference){ .order_id = rows[i].order_id, .payment_key = rows[i].provider_key,
			.has_payment_id = !uuid_is_nil(rows[i].payment_id), .payment_id = rows[i].payment_id,
			.ours_krw = rows[i].ours_krw, .theirs_krw = rows[i].theirs_krw,
			.ours_refunded_krw = rows[i].ours_refunded_krw, .theirs_refunded_krw = rows[i].theirs_refunded_krw };
	return NULL;
}

const struct err *
payment_reconciliation_read(struct req *rq, const struct payment_reconciliation_read_in *in,
    struct payment_reconciliation *out)
{
	struct day day;

	TRY(read_day(rq, in->day, &day));
	return read_reconciliation(rq, day, out);
}

const struct err *
payment_reconciliation_acknowledge(struct req *rq, const struct payment_reconciliation_acknowledge_in *in,
    struct payment_reconciliation *out)
{
	struct day day;
	bool on;

	TRY(read_day(rq, in->day, &day));
	TRY(reconciliation_ack(rq, day, in->reason, &on));
	return read_reconciliation(rq, day, out);
}
