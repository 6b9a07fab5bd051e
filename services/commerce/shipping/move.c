/* PATCH /api/orders/{orderId}/shipping: one state on; the only writer of shipping.status. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/shipping/move.sql.h"
#include "services/commerce/shipping/shipping.h"

static const struct { const char *from, *to; bool needs_tracking, needs_open; } moves[] = {
#define MOVE(from, to, needs_tracking, needs_open) { #from, #to, needs_tracking, needs_open },
#include "services/commerce/shipping/status.def"
#undef MOVE
};

static const struct err *
check_tracking(struct req *rq, const struct shipping *now)
{
	struct err_fields fs = { .rq = rq };

	if (now->carrier.at == NULL)
		err_field_add(&fs, "/carrier", "required", "a shipped parcel has a carrier");
	if (now->tracking_number.at == NULL)
		err_field_add(&fs, "/trackingNumber", "required", "a shipped parcel has a tracking number");
	return err_fields_done(&fs);
}

static const struct err *
check_open(struct req *rq, struct text order_status)
{
	if (text_is(order_status, "refunded") || text_is(order_status, "cancelled"))
		return FAIL(rq, CONFLICT, "shipping.order_closed", "the order is %.*s", TEXT_ARG(order_status));
	return NULL;
}

static const struct err *
check_move(struct req *rq, const struct sql_shipping_lock_row *row, struct text to, const struct shipping *now)
{
	for (size_t i = 0; i < COUNT_OF(moves); i++) {
		if (!text_is(row->status, moves[i].from) || !text_is(to, moves[i].to))
			continue;
		if (moves[i].needs_open)
			TRY(check_open(rq, row->order_status));
		return moves[i].needs_tracking ? check_tracking(rq, now) : NULL;
	}
	return FAIL(rq, CONFLICT, "shipping.cannot_move", "a parcel does not go from %.*s to %.*s", TEXT_ARG(row->status),
	    TEXT_ARG(to));
}

static const struct err *
tell(struct req *rq, struct uuid order_id, const struct sql_shipping_lock_row *row, const struct shipping *now)
{
	rq->company = row->company_id;       /* the event's tenant is the buyer's, the operator has none */
	return outbox_put(rq, &shipping_moved_v1_event, row->user_id, &(struct shipping_moved_v1){
		.order_id = order_id, .order_no = row->order_no, .user_id = row->user_id,
		.company_id = row->company_id, .status = now->status, .has_carrier = now->has_carrier,
		.carrier = now->carrier, .has_tracking_number = now->has_tracking_number,
		.tracking_number = now->tracking_number, .first_product = row->first_product,
		.recipient = row->recipient, .phone = row->phone, .moved_at = rq->now_us });
}

const struct err *
shipping_move(struct req *rq, const struct shipping_move_in *in, struct shipping *out)
{
	struct sql_shipping_lock_row row;
	int64_t version;
	bool found;

	TRY(http_if_match(rq, &version));
	TRY(sql_shipping_lock(rq, in->order_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "order.not_found", "there is no such order");
	if (row.version != version)
		return FAIL(rq, STALE, "shipping.stale", "the parcel has moved meanwhile; read it again");
	*out = SHIPPING(row);
	if (in->has_carrier) {
		out->has_carrier = true;
		out->carrier = in->carrier;
	}
	if (in->has_tracking_number) {
		out->has_tracking_number = true;
		out->tracking_number = in->tracking_number;
	}
	TRY(check_move(rq, &row, in->status, out));
	out->status = in->status;
	out->version = version + 1;
	out->updated_at = rq->now_us;
	TRY(sql_shipping_write(rq, &(struct sql_shipping_write_in){ .order_id = in->order_id, .status = out->status,
		.carrier = out->carrier, .tracking_number = out->tracking_number, .version = out->version,
		.moved_by = rq->user, .moved_at = rq->now_us }));
	http_etag(rq, out->version);
	LOG(rq, INFO, "shipping.moved", kv_u("order", in->order_id), kv_t("status", out->status));
	FAULT_POINT("shipping.written");
	return tell(rq, in->order_id, &row, out);
}
