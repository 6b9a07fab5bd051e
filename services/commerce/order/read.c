/* GET /api/orders/{orderId}: one order with its lines and shipping, in one statement. */
#include "common/http/http.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/order/read.sql.h"
#include "services/commerce/order/give_back.h"

static struct shipping
shipping_of(const struct sql_order_find_row *row)
{
	return (struct shipping){ .status = row->shipping_status,
		.has_carrier = row->carrier.at != NULL, .carrier = row->carrier,
		.has_tracking_number = row->tracking_number.at != NULL, .tracking_number = row->tracking_number,
		.recipient = row->recipient, .phone = row->phone, .postal_code = row->postal_code,
		.address = row->address, .has_address_detail = row->address_detail.at != NULL,
		.address_detail = row->address_detail, .version = row->version, .updated_at = row->updated_at };
}

static struct order_line
line_of(const struct sql_order_find_row *row)
{
	return (struct order_line){ .line_no = row->line_no, .product_id = row->product_id, .name = row->name,
		.unit_price_krw = row->unit_price_krw, .quantity = row->quantity,
		.refunded_quantity = row->refunded_quantity, .amount_krw = row->amount_krw,
		.discount_krw = row->line_discount_krw, .reduced_krw = row->reduced_krw, .coupon_krw = row->coupon_krw,
		.has_discount_id = !uuid_is_nil(row->discount_id), .discount_id = row->discount_id,
		.has_discount_name = row->discount_name.at != NULL, .discount_name = row->discount_name };
}

const struct err *
order_read(struct req *rq, const struct order_read_in *in, struct order *out)
{
	struct sql_order_find_row *rows;
	size_t n;

	TRY(sql_order_find(rq, in->order_id, rq->user, rq->who == WHO_OPERATOR, &rows, &n));
	if (n == 0)
		return FAIL(rq, NOT_FOUND, "order.not_found", "there is no such order");
	*out = (struct order){ .id = in->order_id, .order_no = rows[0].order_no, .status = rows[0].status,
		.total_krw = rows[0].total_krw, .discount_krw = rows[0].discount_krw, .paid_krw = rows[0].paid_krw,
		.refunded_krw = rows[0].refunded_krw, .currency = TEXT("KRW"),
		.has_registered_coupon_id = !uuid_is_nil(rows[0].registered_coupon_id),
		.registered_coupon_id = rows[0].registered_coupon_id, .created_at = rows[0].created_at,
		.shipping = shipping_of(&rows[0]), .n_lines = n, .lines = NEWS(rq->mem, struct order_line, n) };
	for (size_t i = 0; i < n; i++)
		out->lines[i] = line_of(&rows[i]);
	http_etag(rq, order_etag(rows[0].order_version, rows[0].version));
	return NULL;
}
