/* An order given back, in part or whole.
 *
 * Two round trips, as order_create: order_give_back_open() takes the same locks in the same order and reads what decides;
 * order_give_back_write(), the events and COMMIT travel together. */
#include "services/commerce/order/give_back.h"
#include "common/audit/audit.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/order/give_back.sql.h"
#include "services/commerce/order/share.h"

typedef struct sql_order_give_back_open_row opened;

static const struct { const char *from, *to; } moves[] = {
#define MOVE(from, to) { #from, #to },
#include "services/commerce/order/status.def"
#undef MOVE
};

bool
order_before_dispatch(struct text shipping_status)
{
	return text_is(shipping_status, "ordered") || text_is(shipping_status, "preparing");
}

static const struct err *
check_move(struct req *rq, struct text from, struct text to)
{
	for (size_t i = 0; i < COUNT_OF(moves); i++)
		if (text_is(from, moves[i].from) && text_is(to, moves[i].to))
			return NULL;
	return FAIL(rq, CONFLICT, "order.cannot_move", "an order does not go from %.*s to %.*s", TEXT_ARG(from),
	    TEXT_ARG(to));
}

static const struct err *
check_state(struct req *rq, const struct give_back *what, const opened *row)
{
	if (!what->cancels && order_etag(row->version, row->shipping_version) != what->version)
		return FAIL(rq, STALE, "order.stale", "the order has moved meanwhile; read it again");
	TRY(check_move(rq, row->status, what->cancels ? TEXT("cancelled") : TEXT("refunded")));
	if (what->cancels && !order_before_dispatch(row->shipping_status))
		return FAIL(rq, CONFLICT, "order.shipped", "the parcel has left; ask for a refund");
	return NULL;
}

static int32_t
left_of(const opened *row)
{
	return row->quantity - row->refunded_quantity;
}

static void
add_line(struct refund *out, const opened *row, int32_t units)
{
	int64_t krw = refund_share(row->net_krw, row->quantity, row->refunded_quantity, units);

	out->lines[out->n_lines++] = (struct refund_line){ .line_no = row->line_no, .quantity = units, .amount_krw = krw };
	out->amount_krw += krw;
}

/* Lines are numbered 1 to n without a hole. */
static const struct err *
check_line(struct req *rq, const struct refund_line_create *line, const opened *rows, size_t n)
{
	if ((size_t)line->line_no > n)
		return FAIL(rq, RULE, "refund.quantity", "the order has no line %d", line->line_no);
	if (line->quantity > left_of(&rows[line->line_no - 1]))
		return FAIL(rq, RULE, "refund.quantity", "%d pieces of line %d are left to be given back",
		    left_of(&rows[line->line_no - 1]), line->line_no);
	return NULL;
}

static const struct err *
take_asked(struct req *rq, const struct give_back *what, const opened *rows, size_t n, struct refund *out)
{
	int32_t *units = NEWS(rq->mem, int32_t, n);
	struct err_fields fs = { .rq = rq };

	for (size_t i = 0; i < what->n_lines; i++) {
		const struct refund_line_create *line = &what->lines[i];

		TRY(check_line(rq, line, rows, n));
		if (units[line->line_no - 1] > 0)
			err_field_add(&fs, arena_printf(rq->mem, "/lines/%zu/lineNo", i), "repeated", "the line stands twice");
		units[line->line_no - 1] = line->quantity;
	}
	for (size_t i = 0; i < n; i++)
		if (units[i] > 0)
			add_line(out, &rows[i], units[i]);
	return err_fields_done(&fs);
}

static void
take_all(const opened *rows, size_t n, struct refund *out)
{
	for (size_t i = 0; i < n; i++)
		if (left_of(&rows[i]) > 0)
			add_line(out, &rows[i], left_of(&rows[i]));
}

/* Nothing is left when these lines have gone. */
static bool
is_whole(const struct refund *refund, const opened *rows, size_t n)
{
	int64_t left = 0;

	for (size_t i = 0; i < n; i++)
		left += left_of(&rows[i]);
	for (size_t i = 0; i < refund->n_lines; i++)
		left -= refund->lines[i].quantity;
	return left == 0;
}

static struct text
status_after(const struct give_back *what, bool whole)
{
	if (what->cancels)
		return TEXT("cancelled");
	return whole ? TEXT("refunded") : TEXT("partially_refunded");
}

static const struct err *
compute(struct req *rq, const struct give_back *what, const opened *rows, size_t n, struct refund *out)
{
	bool whole;

	*out = (struct refund){ .id = uuid_new(), .order_id = what->order_id, .has_reason = what->reason.at != NULL,
		.reason = what->reason, .created_at = rq->now_us, .lines = NEWS(rq->mem, struct refund_line, n),
		.restocked = what->has_restock ? what->restock : order_before_dispatch(rows[0].shipping_status) };
	if (what->n_lines > 0)
		TRY(take_asked(rq, what, rows, n, out));
	else
		take_all(rows, n, out);
	whole = is_whole(out, rows, n);
	out->status = status_after(what, whole);
	out->cumulative_krw = rows[0].refunded_krw + out->amount_krw;
	out->coupon_returned = whole && !uuid_is_nil(rows[0].coupon_id) && rq->now_us < rows[0].coupon_valid_until;
	return NULL;
}

static const struct err *
write_refund(struct req *rq, const opened *row, const struct refund *refund)
{
	static const struct uuid nil;
	int32_t *line_nos = NEWS(rq->mem, int32_t, refund->n_lines), *units = NEWS(rq->mem, int32_t, refund->n_lines);
	int64_t *amounts = NEWS(rq->mem, int64_t, refund->n_lines);

	for (size_t i = 0; i < refund->n_lines; i++) {
		line_nos[i] = refund->lines[i].line_no;
		units[i] = refund->lines[i].quantity;
		amounts[i] = refund->lines[i].amount_krw;
	}
	return sql_order_give_back_write(rq, &(struct sql_order_give_back_write_in){
		.refund_id = refund->id, .order_id = refund->order_id, .buyer_id = row->buyer_id,
		.company_id = row->company_id, .status = refund->status, .amount_krw = refund->amount_krw,
		.reason = refund->reason, .restocked = refund->restocked,
		.coupon_id = refund->coupon_returned ? row->coupon_id : nil, .entry_id = uuid_new(), .made_by = rq->user,
		.now = rq->now_us, .line_nos = line_nos, .n_line_nos = refund->n_lines, .quantities = units,
		.n_quantities = refund->n_lines, .amounts = amounts, .n_amounts = refund->n_lines });
}

static const struct err *
tell_refunded(struct req *rq, const opened *row, const struct refund *refund)
{
	return outbox_put(rq, &order_refunded_v1_event, row->buyer_id, &(struct order_refunded_v1){
		.refund_id = refund->id, .order_id = refund->order_id, .order_no = row->order_no, .user_id = row->buyer_id,
		.company_id = row->company_id, .status = refund->status, .delta_krw = refund->amount_krw,
		.cumulative_krw = refund->cumulative_krw, .paid_krw = row->paid_krw,
		.balance_krw = row->balance_krw + refund->amount_krw, .coupon_returned = refund->coupon_returned,
		.restocked = refund->restocked, .first_product = row->first_product, .recipient = row->recipient,
		.phone = row->phone, .refunded_at = rq->now_us });
}

static const struct err *
tell_cancelled(struct req *rq, const opened *row, const struct refund *refund)
{
	return outbox_put(rq, &order_cancelled_v1_event, row->buyer_id, &(struct order_cancelled_v1){
		.order_id = refund->order_id, .order_no = row->order_no, .user_id = row->buyer_id,
		.company_id = row->company_id, .refund_id = refund->id, .refunded_krw = refund->amount_krw,
		.has_reason = refund->has_reason, .reason = refund->reason, .first_product = row->first_product,
		.recipient = row->recipient, .phone = row->phone, .cancelled_at = rq->now_us });
}

const struct err *
order_give_back(struct req *rq, const struct give_back *what, struct refund *out)
{
	opened *rows;
	size_t n;

	TRY(sql_order_give_back_open(rq, what->order_id, rq->user, !what->cancels, &rows, &n));
	if (n == 0)
		return FAIL(rq, NOT_FOUND, "order.not_found", "there is no such order");
	TRY(check_state(rq, what, &rows[0]));
	TRY(compute(rq, what, rows, n, out));
	FAULT_POINT("refund.checked");

	rq->company = rows[0].company_id;       /* the events' tenant is the buyer's, an operator has none */
	TRY(write_refund(rq, &rows[0], out));
	FAULT_POINT("refund.written");
	http_etag(rq, order_etag(rows[0].version + 1, rows[0].shipping_version));
	LOG(rq, INFO, "order.refunded", kv_u("order", out->order_id), kv_i("amountKrw", out->amount_krw));
	TRY(audit_put(rq, &(struct audit){ .action = what->cancels ? "order.cancelled" : "order.refunded",
		.subject = out->order_id, .type = &refund_type, .after = out }));
	TRY(tell_refunded(rq, &rows[0], out));
	FAULT_POINT("refund.told");
	return what->cancels ? tell_cancelled(rq, &rows[0], out) : NULL;
}
