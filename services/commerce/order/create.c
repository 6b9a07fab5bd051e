/* POST /api/orders: price, coupon, points, stock, order, items and shipping in one transaction.
 *
 * Two round trips: order_open() locks and reads what decides (BEGIN and the idempotency claim travel with
 * it); order_write(), the event and COMMIT travel together behind the arithmetic. A refusal in between
 * leaves nothing. The buyer's points row is locked before the event is put: that keeps one buyer's
 * events in order. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/order/create.sql.h"
#include "services/commerce/order/cart.h"
#include "services/commerce/order/number.h"

typedef struct sql_order_open_row opened;

static const struct err *
check_stock(struct req *rq, struct cart *cart, const opened *rows, size_t n)
{
	for (size_t i = 0, row = 0; i < cart->n; i++, row++) {
		char id[UUID_CHARS + 1];

		if (row >= n || !uuid_eq(rows[row].product_id, cart->product_ids[i])) {
			uuid_print(cart->product_ids[i], id);
			return FAIL(rq, RULE, "order.product_unknown", "no product %s is on sale", id);
		}
		if (rows[row].stock < cart->quantities[i])
			return FAIL(rq, RULE, "order.out_of_stock", "%lld left of %.*s", (long long)rows[row].stock,
			    TEXT_ARG(rows[row].name));
		cart->names[i] = rows[row].name;
		cart->lines[i] = (struct price_line){ .covered = rows[row].covered,
			.unit_krw = rows[row].price_krw, .quantity = cart->quantities[i] };
	}
	return NULL;
}

static const struct err *
check_coupon(struct req *rq, bool wanted, const opened *row, struct price_coupon *out)
{
	*out = (struct price_coupon){ .present = wanted };
	if (!wanted)
		return NULL;
	if (uuid_is_nil(row->coupon_id))
		return FAIL(rq, RULE, "coupon.unknown", "this coupon is not registered by you");
	if (row->coupon_used)
		return FAIL(rq, RULE, "coupon.used", "this coupon has been used");
	if (rq->now_us >= row->coupon_valid_until)
		return FAIL(rq, RULE, "coupon.expired", "this coupon has expired");
	if (rq->now_us < row->coupon_starts_at)
		return FAIL(rq, RULE, "coupon.not_applicable", "this coupon is not valid yet");
	out->off = (struct price_off){ text_is(row->coupon_kind, "percent"), row->coupon_value };
	out->minimum_krw = row->coupon_minimum_krw;
	out->has_maximum = row->has_coupon_maximum_krw;
	out->maximum_krw = row->coupon_maximum_krw;
	return NULL;
}

static const struct err *
check_points(struct req *rq, const opened *row, const struct price *price)
{
	if (!row->has_balance_krw) {     /* user.joined has not been heard yet */
		struct err *e = FAIL(rq, BUSY, "order.account_opening", "your account is being opened");

		e->retry_after_s = 1;
		return e;
	}
	if (row->balance_krw < price->paid_krw)
		return FAIL(rq, RULE, "order.points_short", "%lld KRW of points are missing",
		    (long long)(price->paid_krw - row->balance_krw));
	return NULL;
}

static const struct err *
write_order(struct req *rq, const struct order_create_in *in, const struct cart *cart, const struct price *price,
    struct order *out)
{
	int64_t *prices = NEWS(rq->mem, int64_t, cart->n), *shares = NEWS(rq->mem, int64_t, cart->n);

	for (size_t i = 0; i < cart->n; i++) {
		prices[i] = cart->lines[i].unit_krw;
		shares[i] = cart->lines[i].coupon_krw;
	}
	return sql_order_write(rq, &(struct sql_order_write_in){
		.order_id = out->id, .order_no = out->order_no, .user_id = rq->user, .company_id = rq->company,
		.total_krw = price->total_krw, .discount_krw = price->discount_krw, .paid_krw = price->paid_krw,
		.registered_coupon_id = in->registered_coupon_id, .first_product = cart->names[0],
		.entry_id = uuid_new(), .placed_at = rq->now_us,
		.product_ids = cart->product_ids, .n_product_ids = cart->n, .names = cart->names, .n_names = cart->n,
		.prices = prices, .n_prices = cart->n, .quantities = cart->quantities, .n_quantities = cart->n,
		.coupon_shares = shares, .n_coupon_shares = cart->n, .recipient = in->recipient, .phone = in->phone,
		.postal_code = in->postal_code, .address = in->address, .address_detail = in->address_detail });
}

static void
answer(struct req *rq, const struct order_create_in *in, const struct cart *cart, const struct price *price,
    struct order *out)
{
	out->status = TEXT("paid");
	out->currency = TEXT("KRW");
	out->total_krw = price->total_krw;
	out->discount_krw = price->discount_krw;
	out->paid_krw = price->paid_krw;
	out->has_registered_coupon_id = in->has_registered_coupon_id;
	out->registered_coupon_id = in->registered_coupon_id;
	out->created_at = rq->now_us;
	out->n_lines = cart->n;
	out->lines = NEWS(rq->mem, struct order_line, cart->n);
	for (size_t i = 0; i < cart->n; i++)
		out->lines[i] = (struct order_line){ .line_no = (int32_t)i + 1, .product_id = cart->product_ids[i],
			.name = cart->names[i], .unit_price_krw = cart->lines[i].unit_krw,
			.quantity = cart->quantities[i], .amount_krw = cart->lines[i].amount_krw,
			.discount_krw = cart->lines[i].reduced_krw + cart->lines[i].coupon_krw };
	out->shipping = (struct shipping){ .status = TEXT("ordered"), .recipient = in->recipient, .phone = in->phone,
		.postal_code = in->postal_code, .address = in->address, .version = 1, .updated_at = rq->now_us,
		.has_address_detail = in->has_address_detail, .address_detail = in->address_detail };
}

static const struct err *
tell(struct req *rq, const struct order_create_in *in, const struct cart *cart, const struct order *out)
{
	return outbox_put(rq, &order_placed_v1_event, rq->user, &(struct order_placed_v1){
		.order_id = out->id, .order_no = out->order_no, .user_id = rq->user, .company_id = rq->company,
		.first_product = cart->names[0], .line_count = (int32_t)cart->n, .total_krw = out->total_krw,
		.discount_krw = out->discount_krw, .paid_krw = out->paid_krw, .recipient = in->recipient,
		.phone = in->phone, .placed_at = rq->now_us });
}

const struct err *
order_create(struct req *rq, const struct order_create_in *in, struct order *out)
{
	struct price_coupon coupon;
	struct price price;
	struct cart cart;
	opened *rows;
	size_t n;

	TRY(cart_make(rq, in->lines, in->n_lines, &cart));
	TRY(sql_order_open(rq, cart.product_ids, cart.n, rq->user, in->registered_coupon_id, &rows, &n));
	TRY(check_stock(rq, &cart, rows, n));
	TRY(check_coupon(rq, in->has_registered_coupon_id, &rows[0], &coupon));
	TRY(price_cart(rq, cart.lines, cart.n, &coupon, &price));
	TRY(check_points(rq, &rows[0], &price));
	FAULT_POINT("order.checked");

	out->id = uuid_new();
	out->order_no = order_number(rq);
	answer(rq, in, &cart, &price, out);
	TRY(write_order(rq, in, &cart, &price, out));
	LOG(rq, INFO, "order.placed", kv_u("order", out->id), kv_i("paidKrw", out->paid_krw));
	FAULT_POINT("order.written");
	return tell(rq, in, &cart, out);
}
