/* POST /api/orders/{orderId}/refunds: pieces go back for what was paid for them, to the last won and no further. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

#define LINE(no, n) "{\"lineNo\":" #no ",\"quantity\":" #n "}"
#define LINES(...)  ",\"lines\":[" __VA_ARGS__ "]"

static struct kit *k;
static struct shopper s;
static const char *mug, *pen;

static void
begin(void)
{
	k = shop_open();
	mug = product_of(k, 1000, 100, "products");
	pen = product_of(k, 333, 100, "grocery");
	s = shopper_with(k, 100000);
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(refund, .init = begin, .fini = end, .timeout = 120);

static const char *
coupon_order(const char *terms)
{
	return placed_by(k, &s, kit_print("%s,%s", line(mug, 3), line(pen, 2)), claimed_by(k, &s, coupon_of(k, terms)));
}

static void
refused(struct kit_reply r, int status, const char *slug)
{
	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect_str_eq(r.slug, slug, "%s", r.body);
}

static const char *
stock(void)
{
	return kit_sql(k, "SELECT stock FROM product ORDER BY price_krw DESC");
}

Test(refund, everything_goes_back_points_stock_and_coupon)
{
	const char *order = coupon_order("\"kind\":\"percent\",\"value\":10");
	struct kit_reply r = refund_of(k, order, "");

	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_str_eq(kit_json_text(r.body, "status"), "refunded");
	cr_assert_eq(kit_json_i64(r.body, "amountKrw"), 3666 - 366);
	cr_assert_str_eq(kit_json_text(r.body, "restocked"), "true");
	cr_assert_str_eq(kit_json_text(r.body, "couponReturned"), "true");
	cr_assert_eq(balance_of(k, &s), 100000);
	cr_assert_str_eq(stock(), "100\n100");
	cr_assert_str_eq(kit_sql(k, "SELECT used_at, order_id FROM registered_coupon"), "|");
	cr_assert_str_eq(kit_sql(k, "SELECT kind, amount_krw FROM point_entry ORDER BY id DESC LIMIT 1"), "refund|3300");
	cr_assert_str_eq(kit_sql(k, "SELECT status, version, refunded_krw FROM orders"), "refunded|2|3300");
}

Test(refund, a_returned_coupon_pays_for_another_order_and_is_returned_again)
{
	const char *order = coupon_order("\"kind\":\"percent\",\"value\":10");
	const char *registered = kit_sql(k, "SELECT id FROM registered_coupon"), *second;

	cr_assert_eq(refund_of(k, order, "").status, 201);
	second = placed_by(k, &s, line(mug, 1), registered);
	refused(order_by(k, &s, line(mug, 1), registered), 422, "coupon.used");
	cr_assert_eq(refund_of(k, second, "").status, 201);
	cr_assert_str_eq(kit_sql(k, "SELECT used_at FROM registered_coupon"), "");
	cr_assert_eq(balance_of(k, &s), 100000);
}

Test(refund, piece_by_piece_the_last_one_takes_the_remainder)
{
	const char *order = coupon_order("\"kind\":\"fixed\",\"value\":1000");
	int64_t given = 0;
	struct kit_reply r;

	for (int i = 1; i <= 3; i++) {
		r = refund_of(k, order, LINES(LINE(1, 1)));
		cr_assert_eq(r.status, 201, "%s", r.body);
		given += kit_json_i64(r.body, "amountKrw");
		cr_assert_eq(kit_json_i64(r.body, "cumulativeKrw"), given);
		cr_assert_str_eq(kit_json_text(r.body, "status"), "partially_refunded");
		cr_assert_str_eq(kit_json_text(r.body, "couponReturned"), "false");
	}
	refused(refund_of(k, order, LINES(LINE(1, 1))), 422, "refund.quantity");
	r = refund_of(k, order, "");
	cr_assert_str_eq(kit_json_text(r.body, "status"), "refunded");
	cr_assert_str_eq(kit_json_text(r.body, "couponReturned"), "true");
	cr_assert_eq(kit_json_length(r.body, "lines"), 1);
	cr_assert_eq(given + kit_json_i64(r.body, "amountKrw"), 2666);
	cr_assert_eq(balance_of(k, &s), 100000);
	cr_assert_str_eq(stock(), "100\n100");
	refused(refund_of(k, order, ""), 409, "order.cannot_move");
}

Test(refund, the_event_carries_this_refund_and_all_so_far)
{
	const char *order = placed_by(k, &s, line(mug, 3), NULL);
	const struct order_refunded_v1 *ev;

	(void)kit_event(k, &points_credited_v1_event);
	(void)kit_event(k, &order_placed_v1_event);
	cr_assert_eq(refund_of(k, order, LINES(LINE(1, 2))).status, 201);
	cr_assert_eq(refund_of(k, order, LINES(LINE(1, 1))).status, 201);
	ev = kit_event(k, &order_refunded_v1_event);
	cr_assert(ev->delta_krw == 2000 && ev->cumulative_krw == 2000 && text_is(ev->status, "partially_refunded"));
	ev = kit_event(k, &order_refunded_v1_event);
	cr_assert(ev->delta_krw == 1000 && ev->cumulative_krw == 3000 && text_is(ev->status, "refunded"));
	cr_assert(ev->paid_krw == 3000 && ev->balance_krw == 100000 && uuid_eq(ev->user_id, s.user));
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT DISTINCT key, tenant FROM outbox WHERE type = 'order.refunded'"),
	    kit_print("%s|%s", id_text(s.user), id_text(s.company)));
}

Test(refund, stock_returns_before_dispatch_or_when_the_operator_says_so)
{
	static const struct { const char *at, *say, *restocked; } cases[] = {
		{ "ordered", "", "true" }, { "preparing", "", "true" }, { "shipped", "", "false" },
		{ "delivered", "", "false" }, { "delivered", ",\"restock\":true", "true" },
		{ "ordered", ",\"restock\":false", "false" } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *order = placed_by(k, &s, line(mug, 2), NULL), *before = stock();
		struct kit_reply r;

		ship_until(k, order, cases[i].at);
		r = refund_of(k, order, cases[i].say);
		cr_expect_eq(r.status, 201, "%s: %s", cases[i].at, r.body);
		cr_expect_str_eq(kit_json_text(r.body, "restocked"), cases[i].restocked, "%s%s", cases[i].at, cases[i].say);
		cr_expect_eq(strcmp(stock(), before) != 0, strcmp(cases[i].restocked, "true") == 0);
	}
	cr_assert_eq(balance_of(k, &s), 100000);
}

Test(refund, a_coupon_that_has_expired_meanwhile_stays_used)
{
	const char *order = coupon_order("\"kind\":\"percent\",\"value\":10");

	kit_clock(k, 8 * 24 * 3600);
	cr_assert_str_eq(kit_json_text(refund_of(k, order, "").body, "couponReturned"), "false");
	cr_assert_str_eq(kit_sql(k, "SELECT used_at IS NOT NULL, order_id FROM registered_coupon"), kit_print("t|%s", order));
}

Test(refund, a_free_order_is_refunded_for_nothing)
{
	const char *order = placed_by(k, &s, line(mug, 1), claimed_by(k, &s, coupon_of(k, "\"kind\":\"percent\",\"value\":100")));
	struct kit_reply r = refund_of(k, order, "");

	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_eq(kit_json_i64(r.body, "amountKrw"), 0);
	cr_assert_str_eq(kit_sql(k, "SELECT status FROM orders"), "refunded");
}

Test(refund, a_deleted_product_still_returns)
{
	const char *order = placed_by(k, &s, line(mug, 1), NULL);

	kit_as_operator(k);
	cr_assert_eq(kit_call(k, kit_print("DELETE /api/products/%s", mug), NULL).status, 204);
	cr_assert_eq(refund_of(k, order, "").status, 201);
	cr_assert_str_eq(stock(), "100\n100");
}

/* ---- what is refused */

Test(refund, what_is_refused_writes_nothing)
{
	const char *order = coupon_order("\"kind\":\"percent\",\"value\":10"), *before = shop_digest(k);
	struct kit_reply r;

	refused(refund_of(k, order, LINES(LINE(1, 4))), 422, "refund.quantity");
	refused(refund_of(k, order, LINES(LINE(3, 1))), 422, "refund.quantity");
	r = refund_of(k, order, LINES(LINE(1, 1) "," LINE(2, 1) "," LINE(1, 1)));
	cr_expect_eq(r.status, 400);
	cr_expect_str_eq(kit_json_text(r.body, "errors.0.pointer"), "/lines/2/lineNo");
	cr_expect_eq(refund_of(k, order, LINES(LINE(0, 1))).status, 400);
	cr_expect_eq(refund_of(k, order, LINES(LINE(1, 0))).status, 400);
	cr_expect_eq(refund_of(k, order, LINES(LINE(1, -1))).status, 400);
	cr_expect_eq(refund_of(k, order, ",\"lines\":[]").status, 400);
	cr_expect_eq(refund_of(k, order, ",\"amountKrw\":1").status, 400);
	refused(kit_call(k, kit_print("POST /api/orders/%s/refunds", id_text(uuid_new())), "{\"reason\":\"x\"}",
	    "If-Match: \"v1\""), 404, "order.not_found");
	cr_assert_str_eq(shop_digest(k), before);
}

Test(refund, it_takes_the_version_that_was_read_and_a_key)
{
	const char *order = placed_by(k, &s, line(mug, 3), NULL), *path = kit_print("POST /api/orders/%s/refunds", order);
	const char *one = "{\"reason\":\"x\",\"lines\":[" LINE(1, 1) "]}";
	struct kit_reply first, again;

	kit_as_operator(k);
	cr_assert_eq(kit_call(k, path, one).status, 428);
	refused(kit_call(k, path, one, "If-Match: \"v2\""), 412, "order.stale");
	cr_assert_eq(kit_call(k, path, one, "If-Match: \"v1\"", "Idempotency-Key:").status, 400);
	first = kit_call(k, path, one, "If-Match: \"v1\"", "Idempotency-Key: once");
	cr_assert_eq(first.status, 201, "%s", first.body);
	cr_assert_str_eq(kit_header(&first, "ETag"), "\"v2\"");
	again = kit_call(k, path, one, "If-Match: \"v1\"", "Idempotency-Key: once");
	cr_assert_str_eq(again.body, first.body);
	cr_assert_str_eq(kit_header(&again, "Idempotent-Replayed"), "true");
	refused(kit_call(k, path, one, "If-Match: \"v1\""), 412, "order.stale");
	cr_assert_eq(balance_of(k, &s), 98000);
}

Test(refund, only_operators_refund)
{
	const char *order = placed_by(k, &s, line(mug, 1), NULL), *before = shop_digest(k);

	kit_as_user(k, s.user, s.company, UINT64_MAX);
	refused(kit_call(k, kit_print("POST /api/orders/%s/refunds", order), "{\"reason\":\"x\"}", "If-Match: \"v1\""), 403,
	    "http.forbidden");
	kit_as_nobody(k);
	cr_assert_eq(kit_call(k, kit_print("POST /api/orders/%s/refunds", order), "{\"reason\":\"x\"}", "If-Match: \"v1\"").status,
	    401);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(refund, more_than_was_paid_cannot_be_written_by_anybody)
{
	const char *order = placed_by(k, &s, line(mug, 1), NULL);

	cr_assert_str_eq(kit_sql(k, "CREATE FUNCTION tried(sql text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE sql; RETURN"
	    " 'done'; EXCEPTION WHEN check_violation THEN RETURN 'refused'; END $$; SELECT tried('UPDATE orders SET refunded_krw ="
	    " paid_krw + 1'), tried('UPDATE order_item SET refunded_quantity = 2'), tried('UPDATE orders SET status ="
	    " ''refunded''')"), "refused|refused|refused");
	cr_assert_eq(refund_of(k, order, "").status, 201);
}

/* ---- what is read */

Test(refund, the_order_its_refunds_and_its_moves_show_it)
{
	const char *order = placed_by(k, &s, line(mug, 3), NULL);
	struct kit_reply r;

	ship_until(k, order, "preparing");
	cr_assert_eq(refund_of(k, order, LINES(LINE(1, 1))).status, 201);
	cr_assert_eq(refund_of(k, order, LINES(LINE(1, 1))).status, 201);
	kit_as_user(k, s.user, s.company, 0);
	r = kit_call(k, kit_print("GET /api/orders/%s", order), NULL);
	cr_assert_eq(kit_json_i64(r.body, "refundedKrw"), 2000);
	cr_assert_eq(kit_json_i64(r.body, "lines.0.refundedQuantity"), 2);
	cr_assert_str_eq(kit_header(&r, "ETag"), "\"v4\"");
	r = kit_call(k, kit_print("GET /api/orders/%s/refunds?limit=1", order), NULL);
	cr_assert_eq(kit_json_i64(r.body, "items.0.cumulativeKrw"), 2000);
	r = kit_call(k, kit_print("GET /api/orders/%s/refunds?cursor=%s", order, kit_json_text(r.body, "nextCursor")), NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 1);
	cr_assert_eq(kit_json_i64(r.body, "items.0.cumulativeKrw"), 1000);
	cr_assert_eq(kit_json_i64(r.body, "items.0.lines.0.quantity"), 1);
	r = kit_call(k, kit_print("GET /api/orders/%s/moves", order), NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 5);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.status"), "partially_refunded");
	cr_assert_str_eq(kit_json_text(r.body, "items.2.status"), "preparing");
	cr_assert_str_eq(kit_json_text(r.body, "items.4.movedBy"), id_text(s.user));
}

Test(refund, those_of_others_are_not_there)
{
	const char *order = placed_by(k, &s, line(mug, 1), NULL);

	kit_as_user(k, s.user, s.company, 0);
	cr_assert_eq(kit_json_length(kit_call(k, kit_print("GET /api/orders/%s/refunds", order), NULL).body, "items"), 0);
	kit_as_user(k, uuid_new(), s.company, UINT64_MAX);
	refused(kit_call(k, kit_print("GET /api/orders/%s/refunds", order), NULL), 404, "order.not_found");
	refused(kit_call(k, kit_print("GET /api/orders/%s/moves", order), NULL), 404, "order.not_found");
}

Test(refund, an_order_given_back_is_not_dispatched_but_one_on_its_way_goes_on)
{
	const char *waiting = placed_by(k, &s, line(mug, 1), NULL), *on_its_way = placed_by(k, &s, line(mug, 1), NULL);
	const char *partly = placed_by(k, &s, line(mug, 2), NULL);

	cr_assert_eq(refund_of(k, waiting, "").status, 201);
	refused(ship_to(k, waiting, "preparing", 1), 409, "shipping.order_closed");
	ship_until(k, on_its_way, "shipped");
	cr_assert_eq(refund_of(k, on_its_way, "").status, 201);
	cr_assert_eq(ship_to(k, on_its_way, "delivering", 3).status, 200);
	cr_assert_eq(refund_of(k, partly, LINES(LINE(1, 1))).status, 201);
	ship_until(k, partly, "delivered");
}
