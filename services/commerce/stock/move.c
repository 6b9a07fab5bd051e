/* POST /api/products/{productId}/stock-movements: what came in, and what was found to be otherwise. */
#include <string.h>
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/stock/move.sql.h"

static const struct err *
check(struct req *rq, const struct stock_move_in *in)
{
	struct err_fields fs = { .rq = rq };

	if (in->delta == 0 || (in->delta < 0 && text_is(in->kind, "receipt")))
		err_field_add(&fs, "/delta", "too_small", "a receipt brings at least one, a correction changes something");
	if (!in->has_reason && text_is(in->kind, "correction"))
		err_field_add(&fs, "/reason", "required", "a correction says why");
	return err_fields_done(&fs);
}

/* The stock is never negative: the constraint says so, whatever is sold at the same moment. */
static const struct err *
refusal(struct req *rq, const struct err *e)
{
	if (e == NULL || strcmp(e->slug, "check.product_stock") != 0)
		return e;
	return FAIL(rq, RULE, "stock.too_low", "there is not so much left");
}

const struct err *
stock_move(struct req *rq, const struct stock_move_in *in, struct stock_moved *out)
{
	struct sql_stock_write_row row;
	bool found;

	TRY(check(rq, in));
	out->movement = (struct stock_movement){ .source_id = uuid_new(), .kind = in->kind, .delta = in->delta,
		.has_reason = in->has_reason, .reason = in->reason, .has_moved_by = true, .moved_by = rq->user,
		.created_at = rq->now_us };
	TRY(refusal(rq, sql_stock_write(rq, &(struct sql_stock_write_in){ .product_id = in->product_id,
		.source_id = out->movement.source_id, .kind = in->kind, .delta = in->delta, .reason = in->reason,
		.moved_by = rq->user, .created_at = rq->now_us }, &row, &found)));
	if (!found)
		return FAIL(rq, NOT_FOUND, "product.not_found", "there is no such product");
	out->stock = row.stock;
	FAULT_POINT("stock.written");
	LOG(rq, INFO, "stock.moved", kv_u("product", in->product_id), kv_t("kind", in->kind), kv_i("delta", in->delta));
	return outbox_put(rq, &stock_moved_v1_event, in->product_id, &(struct stock_moved_v1){
		.product_id = in->product_id, .source_id = out->movement.source_id, .kind = in->kind, .delta = in->delta,
		.stock = row.stock, .moved_at = rq->now_us });
}
