/* GET /api/payments/daily-totals: what the public events of each Seoul day add up to. */
#include "common/core/text.h"
#include "gen/proto/billing/billing.gen.h"
#include "services/billing/reconcile/reconcile.h"

enum { DAYS_MOST = 93 };

static void
read_day(struct err_fields *wrong, const char *pointer, struct text text, struct day *out)
{
	if (!day_parse(text, out))
		err_field_add(wrong, pointer, "format", "is a day as YYYY-MM-DD");
}

const struct err *
payment_totals_read(struct req *rq, const struct payment_totals_read_in *in, struct payment_totals *out)
{
	struct err_fields wrong = { .rq = rq };
	struct sql_daily_totals_row *rows;
	struct day from = { 0 }, to = { 0 };

	read_day(&wrong, "/query/from", in->from, &from);
	read_day(&wrong, "/query/to", in->to, &to);
	TRY(err_fields_done(&wrong));
	if (day_start_us(to) < day_start_us(from) || day_start_us(to) >= day_start_us(day_add_days(from, DAYS_MOST)))
		err_field_add(&wrong, "/query/to", "too_large", "from and to are at most %d days, in this order", DAYS_MOST);
	TRY(err_fields_done(&wrong));
	TRY(sql_daily_totals(rq, from, to, &rows, &out->n_items));
	out->items = NEWS(rq->mem, struct payment_day, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct payment_day){ .day = rows[i].day, .settled_count = rows[i].settled_count,
			.settled_krw = rows[i].settled_krw, .refunded_count = rows[i].refunded_count,
			.refunded_krw = rows[i].refunded_krw, .failed_count = rows[i].failed_count,
			.cancelled_count = rows[i].cancelled_count };
	return NULL;
}
