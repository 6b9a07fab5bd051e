/* What the public events of each Seoul day add up to: GET /api/payments/daily-totals for operators, GET
 * /api/payment-totals for programs outside, which see what their key may see. */
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/outside/outside.h"
#include "gen/proto/billing/billing.gen.h"
#include "services/billing/reconcile/reconcile.h"

enum { DAYS_MOST = 93 };

static void
read_day(struct err_fields *wrong, const char *pointer, struct text text, struct day *out)
{
	if (!day_parse(text, out))
		err_field_add(wrong, pointer, "format", "is a day as YYYY-MM-DD");
}

struct span { struct day from, to; struct uuid company; struct payment_totals *out; };

static const struct err *
read_span(struct req *rq, struct text from, struct text to, struct span *span)
{
	struct err_fields wrong = { .rq = rq };

	read_day(&wrong, "/query/from", from, &span->from);
	read_day(&wrong, "/query/to", to, &span->to);
	TRY(err_fields_done(&wrong));
	if (day_start_us(span->to) < day_start_us(span->from) ||
	    day_start_us(span->to) >= day_start_us(day_add_days(span->from, DAYS_MOST)))
		err_field_add(&wrong, "/query/to", "too_large", "from and to are at most %d days, in this order", DAYS_MOST);
	return err_fields_done(&wrong);
}

static const struct err *
add_up(struct req *rq, void *arg)
{
	const struct span *span = arg;
	struct payment_totals *out = span->out;
	struct sql_daily_totals_row *rows;

	TRY(sql_daily_totals(rq, span->from, span->to, span->company, &rows, &out->n_items));
	out->items = NEWS(rq->mem, struct payment_day, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct payment_day){ .day = rows[i].day, .settled_count = rows[i].settled_count,
			.settled_krw = rows[i].settled_krw, .refunded_count = rows[i].refunded_count,
			.refunded_krw = rows[i].refunded_krw, .failed_count = rows[i].failed_count,
			.cancelled_count = rows[i].cancelled_count };
	return NULL;
}

const struct err *
payment_totals_read(struct req *rq, const struct payment_totals_read_in *in, struct payment_totals *out)
{
	struct span span = { .out = out };

	TRY(read_span(rq, in->from, in->to, &span));
	return add_up(rq, &span);
}

const struct err *
payment_totals_outside_read(struct req *rq, const struct payment_totals_outside_read_in *in, struct payment_totals *out)
{
	struct span span = { .out = out };

	TRY(outside_caller(rq, "payment.settled", &span.company));
	TRY(read_span(rq, in->from, in->to, &span));
	return db_tx(rq, TX_READ, add_up, &span);
}
