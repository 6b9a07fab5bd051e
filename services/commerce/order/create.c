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

/* The columns of the lines, each as an array of its own. */
struct columns {
	struct text *names, *discount_names;
	struct uuid *discount_ids;
	int64_t     *prices, *reduced, *shares;
};

static struct columns
columns_of(struct req *rq, const struct cart *cart)
{
	struct columns c = { .names = NEWS(rq->mem, struct text, cart->n),
		.discount_names = NEWS(rq->mem, struct text, cart->n), .discount_ids = NEWS(rq->mem, struct uuid, cart->n),
		.prices = NEWS(rq->mem, int64_t, cart->n), .reduced = NEWS(rq->mem, int64_t, cart->n),
		.shares = NEWS(rq->mem, int64_t, cart->n) };

	for (size_t i = 0; i < cart->n; i++) {
		c.names[i] = cart->offers[i].name;
		c.discount_ids[i] = cart->offers[i].discount_id;
		c.discount_names[i] = cart->offers[i].discount_name;
		c.prices[i] = cart->lines[i].unit_krw;
		c.reduced[i] = cart->lines[i].reduced_krw;
		c.shares[i] = cart->lines[i].coupon_krw;
	}
	return c;
}

static const struct err *
write_order(struct req *rq, const struct order_create_in *in, const struct cart *cart, const struct price *price,
    struct order *out)
{
	struct columns c = columns_of(rq, cart);

	return sql_order_write(rq, &(struct sql_order_write_in){
		.order_id = out->id, .order_no = out->order_no, .user_id = rq->user, .company_id = rq->company,
		.total_krw = price->total_krw, .discount_krw = price->discount_krw, .paid_krw = price->paid_krw,
		.registered_coupon_id = in->registered_coupon_id, .first_product = c.names[0],
		.entry_id = uuid_new(), .placed_at = rq->now_us,
		.product_ids = cart->product_ids, .n_product_ids = cart->n, .names = c.names, .n_names = cart->n,
		.prices = c.prices, .n_prices = cart->n, .quantities = cart->quantities, .n_quantities = cart->n,
		.reduced = c.reduced, .n_reduced = cart->n, .coupon_shares = c.shares, .n_coupon_shares = cart->n,
		.discount_ids = c.discount_ids, .n_discount_ids = cart->n,
		.discount_names = c.discount_names, .n_discount_names = cart->n,
		.recipient = in->recipient, .phone = in->phone, .postal_code = in->postal_code, .address = in->address,
		.address_detail = in->address_detail });
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
	out->lines = cart_lines(rq, cart);
	out->shipping = (struct shipping){ .status = TEXT("ordered"), .recipient = in->recipient, .phone = in->phone,
		.postal_code = in->postal_code, .address = in->address, .version = 1, .updated_at = rq->now_us,
		.has_address_detail = in->has_address_detail, .address_detail = in->address_detail };
}

static const struct err *
tell(struct req *rq, const struct order_create_in *in, const struct cart *cart, const struct order *out)
{
	return outbox_put(rq, &order_placed_v1_event, rq->user, &(struct order_placed_v1){
		.order_id = out->id, .order_no = out->order_no, .user_id = rq->user, .company_id = rq->company,
		.first_product = cart->offers[0].name, .line_count = (int32_t)cart->n, .total_krw = out->total_krw,
		.discount_krw = out->discount_krw, .paid_krw = out->paid_krw, .recipient = in->recipient,
		.phone = in->phone, .placed_at = rq->now_us });
}

const struct err *
order_create(struct req *rq, const struct order_create_in *in, struct order *out)
{
	struct cart_found found;
	struct price price;
	struct cart cart;
	opened *rows;
	size_t n;

	TRY(cart_make(rq, in->lines, in->n_lines, &cart));
	TRY(sql_order_open(rq, cart.product_ids, cart.n, rq->user, in->registered_coupon_id, rq->now_us, &rows, &n));
	FAULT_POINT("order.opened");
	CART_FOUND(rq, rows, n, &found);
	TRY(cart_price(rq, &cart, &found, in->has_registered_coupon_id, &price));
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
