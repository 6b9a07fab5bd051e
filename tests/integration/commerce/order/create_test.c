/* POST /api/orders, one at a time: what an order writes, and that a refusal writes nothing. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

static struct kit *k;

static void
begin(void)
{
	k = shop_open();
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(order, .init = begin, .fini = end, .timeout = 120);

/* ---- the happy order */

static void
forget_credit(void)
{
	(void)kit_event(k, &points_credited_v1_event);
}

Test(order, an_order_writes_itself_its_items_shipping_ledger_movements_and_one_event)
{
	const char *mug = product_of(k, 18000, 10, "products"), *rice = product_of(k, 4000, 7, "grocery");
	const char *coupon = coupon_of(k, kit_print("\"kind\":\"percent\",\"value\":10,\"categoryId\":\"%s\"",
	    category_of(k, "products")));
	struct shopper s = shopper_with(k, 100000);
	const char *registered = claimed_by(k, &s, coupon), *id;
	struct kit_reply r = order_by(k, &s, kit_print("%s,%s", line(mug, 2), line(rice, 3)), registered);

	cr_assert_eq(r.status, 201, "%s", r.body);
	id = kit_json_text(r.body, "id");
	cr_assert_str_eq(kit_sql(k, "SELECT status, total_krw, discount_krw, paid_krw, registered_coupon_id, line_count, user_id, "
	    "company_id FROM orders WHERE id = '%s'", id), kit_print("paid|48000|3600|44400|%s|2|%s|%s", registered,
	    id_text(s.user), id_text(s.company)));
	cr_assert_str_eq(kit_sql(k, "SELECT product_id, unit_price_krw, quantity, amount_krw, discount_krw FROM order_item "
	    "WHERE order_id = '%s' ORDER BY unit_price_krw DESC", id),
	    kit_print("%s|18000|2|36000|3600\n%s|4000|3|12000|0", mug, rice));
	cr_assert_str_eq(kit_sql(k, "SELECT status, carrier, tracking_number, recipient, phone, postal_code, address, "
	    "address_detail, version FROM shipping WHERE order_id = '%s'", id),
	    "ordered|||김두레|01000000001|04524|서울특별시 중구 세종대로 110||1");
	cr_assert_str_eq(kit_sql(k, "SELECT amount_krw, balance_krw, kind FROM point_entry WHERE source_id = '%s'", id),
	    "-44400|55600|order");
	cr_assert_str_eq(kit_sql(k, "SELECT stock FROM product ORDER BY price_krw"), "4\n8");
	cr_assert_str_eq(kit_sql(k, "SELECT delta FROM stock_movement WHERE source_id = '%s' ORDER BY delta", id), "-3\n-2");
	cr_assert_str_eq(kit_sql(k, "SELECT order_id FROM registered_coupon WHERE id = '%s' AND used_at IS NOT NULL",
	    registered), id);
	cr_assert_eq(balance_of(k, &s), 55600);
}

Test(order, its_event_says_what_the_answer_says)
{
	const char *mug = product_of(k, 18000, 10, "products");
	struct shopper s = shopper_with(k, 100000);
	struct kit_reply r = order_by(k, &s, line(mug, 2), NULL);
	const struct order_placed_v1 *ev;

	forget_credit();
	ev = kit_event(k, &order_placed_v1_event);
	cr_assert_str_eq(id_text(ev->order_id), kit_json_text(r.body, "id"));
	cr_assert(text_is(ev->order_no, kit_json_text(r.body, "orderNo")));
	cr_assert(uuid_eq(ev->user_id, s.user) && uuid_eq(ev->company_id, s.company));
	cr_assert(ev->total_krw == 36000 && ev->discount_krw == 0 && ev->paid_krw == 36000 && ev->line_count == 1);
	cr_assert(text_is(ev->first_product, "물건 18000원") && text_is(ev->recipient, "김두레"));
	cr_assert_str_eq(kit_sql(k, "SELECT key, tenant FROM outbox WHERE type = 'order.placed'"),
	    kit_print("%s|%s", id_text(s.user), id_text(s.company)));
	cr_assert(kit_no_event(k));
}

Test(order, the_order_read_again_is_the_order_answered)
{
	const char *mug = product_of(k, 18000, 10, "products"), *rice = product_of(k, 4000, 7, "grocery");
	struct shopper s = shopper_with(k, 100000);
	struct kit_reply made = order_by(k, &s, kit_print("%s,%s,%s", line(rice, 1), line(mug, 2), line(rice, 3)), NULL);
	struct kit_reply read = kit_call(k, kit_print("GET /api/orders/%s", kit_json_text(made.body, "id")), NULL);

	cr_assert_eq(read.status, 200);
	cr_assert_str_eq(read.body, made.body);
	cr_assert_eq(kit_json_length(made.body, "lines"), 2);
}

Test(order, an_order_takes_two_round_trips)
{
	const char *mug = product_of(k, 18000, 10, "products"), *rice = product_of(k, 4000, 7, "grocery");
	const char *coupon = coupon_of(k, "\"kind\":\"percent\",\"value\":10");
	struct shopper s = shopper_with(k, 1000000);
	const char *registered = claimed_by(k, &s, coupon), *lines = kit_print("%s,%s", line(mug, 2), line(rice, 3));
	int before = db_round_trips(NULL);

	cr_assert_eq(order_by(k, &s, lines, registered).status, 201);
	cr_assert_eq(db_round_trips(NULL) - before, 2);
	before = db_round_trips(NULL);
	cr_assert_eq(order_by(k, &s, lines, registered).status, 422);
	cr_assert_leq(db_round_trips(NULL) - before, 2);
}

Test(order, free_goods_are_ordered_without_points)
{
	const char *gift = product_of(k, 0, 3, "products");
	struct shopper s = shopper_with(k, 0);
	struct kit_reply r = order_by(k, &s, line(gift, 2), NULL);

	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_eq(kit_json_i64(r.body, "paidKrw"), 0);
}

Test(order, a_discount_one_won_below_the_price_of_many_lines_is_written)
{
	const char *a = product_of(k, 1000, 3, "products"), *b = product_of(k, 1000, 3, "products");
	const char *c = product_of(k, 1000, 3, "products"), *coupon = coupon_of(k, "\"kind\":\"fixed\",\"value\":2999");
	struct shopper s = shopper_with(k, 1);
	struct kit_reply r = order_by(k, &s, kit_print("%s,%s,%s", line(a, 1), line(b, 1), line(c, 1)),
	    claimed_by(k, &s, coupon));

	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_eq(kit_json_i64(r.body, "paidKrw"), 1);
	cr_assert_eq(balance_of(k, &s), 0);
}

Test(order, the_last_won_and_the_last_piece_can_be_spent)
{
	const char *mug = product_of(k, 500, 2, "products");
	struct shopper s = shopper_with(k, 1000);

	cr_assert_eq(order_by(k, &s, line(mug, 2), NULL).status, 201);
	cr_assert_eq(balance_of(k, &s), 0);
	cr_assert_str_eq(kit_json_text(kit_call(k, kit_print("GET /api/products/%s", mug), NULL).body, "status"),
	    "out-of-stock");
}

/* ---- refusals */

/* The order is refused for this reason, and no row of any table is other than before. */
static struct kit_reply
refused(const struct shopper *s, const char *lines, const char *registered, int status, const char *slug)
{
	const char *before = shop_digest(k);
	struct kit_reply r = order_by(k, s, lines, registered);

	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect_str_eq(r.slug, slug, "%s", r.body);
	cr_expect_str_eq(shop_digest(k), before, "%s has written", slug);
	return r;
}

Test(order, what_is_not_on_sale_is_refused)
{
	const char *mug = product_of(k, 1000, 5, "products"), *gone = product_of(k, 1000, 5, "products");
	struct shopper s = shopper_with(k, 100000);

	kit_as_operator(k);
	cr_assert_eq(kit_call(k, kit_print("DELETE /api/products/%s", gone), NULL).status, 204);
	refused(&s, line(gone, 1), NULL, 422, "order.product_unknown");
	refused(&s, line(id_text(uuid_new()), 1), NULL, 422, "order.product_unknown");
	refused(&s, kit_print("%s,%s", line(mug, 1), line(id_text(uuid_new()), 1)), NULL, 422, "order.product_unknown");
	refused(&s, kit_print("%s,%s", line(mug, 1), line("00000000-0000-0000-0000-000000000000", 1)), NULL, 422,
	    "order.product_unknown");
}

Test(order, more_than_the_stock_is_refused_also_when_split_over_lines)
{
	const char *mug = product_of(k, 1000, 5, "products"), *other = product_of(k, 1000, 50, "products");
	struct shopper s = shopper_with(k, 100000);

	refused(&s, line(mug, 6), NULL, 422, "order.out_of_stock");
	refused(&s, kit_print("%s,%s,%s", line(mug, 3), line(other, 1), line(mug, 3)), NULL, 422, "order.out_of_stock");
	refused(&s, kit_print("%s,%s", line(mug, 10000), line(mug, 1)), NULL, 422, "order.quantity");
}

Test(order, a_won_too_few_is_refused)
{
	const char *mug = product_of(k, 1000, 5, "products");
	struct shopper s = shopper_with(k, 1999);

	refused(&s, line(mug, 2), NULL, 422, "order.points_short");
}

Test(order, an_account_that_is_not_open_yet_is_asked_to_try_again)
{
	const char *mug = product_of(k, 1000, 5, "products");
	struct shopper s = { uuid_new(), uuid_new() };
	struct kit_reply r = refused(&s, line(mug, 1), NULL, 503, "order.account_opening");

	cr_assert_str_eq(kit_header(&r, "Retry-After"), "1");
}

Test(order, a_coupon_of_somebody_else_or_of_nobody_is_unknown)
{
	const char *mug = product_of(k, 1000, 5, "products"), *coupon = coupon_of(k, "\"kind\":\"fixed\",\"value\":500");
	struct shopper s = shopper_with(k, 100000), other = shopper_with(k, 100000);
	const char *registered = claimed_by(k, &other, coupon);

	refused(&s, line(mug, 1), registered, 422, "coupon.unknown");
	refused(&s, line(mug, 1), coupon, 422, "coupon.unknown");
	refused(&s, line(mug, 1), "00000000-0000-0000-0000-000000000000", 422, "coupon.unknown");
}

Test(order, a_coupon_is_used_once)
{
	const char *mug = product_of(k, 1000, 5, "products"), *coupon = coupon_of(k, "\"kind\":\"fixed\",\"value\":500");
	struct shopper s = shopper_with(k, 100000);
	const char *registered = claimed_by(k, &s, coupon);

	cr_assert_eq(order_by(k, &s, line(mug, 1), registered).status, 201);
	refused(&s, line(mug, 1), registered, 422, "coupon.used");
	cr_assert_eq(balance_of(k, &s), 99500);
}

Test(order, a_coupon_ends_seven_days_after_its_claim)
{
	const char *mug = product_of(k, 1000, 5, "products"), *coupon = coupon_of(k, "\"kind\":\"fixed\",\"value\":500");
	struct shopper s = shopper_with(k, 100000), late = shopper_with(k, 100000);
	const char *registered = claimed_by(k, &s, coupon), *other = claimed_by(k, &late, coupon);

	kit_clock(k, 7 * 24 * 3600 - 60);
	cr_assert_eq(order_by(k, &s, line(mug, 1), registered).status, 201);
	kit_clock(k, 61);
	refused(&late, line(mug, 1), other, 422, "coupon.expired");
}

Test(order, a_coupon_says_when_the_goods_are_too_few_or_the_wrong_ones)
{
	const char *mug = product_of(k, 1000, 5, "products"), *shirt = product_of(k, 9000, 5, "clothing");
	const char *coupon = coupon_of(k, kit_print("\"kind\":\"fixed\",\"value\":500,\"categoryId\":\"%s\","
	    "\"minimumKrw\":2000", category_of(k, "products")));
	struct shopper s = shopper_with(k, 100000);
	const char *registered = claimed_by(k, &s, coupon);

	refused(&s, kit_print("%s,%s", line(mug, 1), line(shirt, 1)), registered, 422, "coupon.min_amount");
	refused(&s, line(shirt, 1), registered, 422, "coupon.not_applicable");
	cr_assert_eq(order_by(k, &s, line(mug, 2), registered).status, 201);
}

Test(order, only_users_order)
{
	const char *mug = product_of(k, 1000, 5, "products"), *before = shop_digest(k);

	cr_assert_eq(kit_call(k, "POST /api/orders", order_json(line(mug, 1), NULL)).status, 403);
	kit_as_customer(k, uuid_new(), uuid_new());
	cr_assert_eq(kit_call(k, "POST /api/orders", order_json(line(mug, 1), NULL)).status, 403);
	kit_as_nobody(k);
	cr_assert_eq(kit_call(k, "POST /api/orders", order_json(line(mug, 1), NULL)).status, 401);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(order, the_database_itself_refuses_what_care_would_let_through)
{
	const char *mug = product_of(k, 1000, 5, "products");
	struct shopper s = shopper_with(k, 100000);

	cr_assert_eq(order_by(k, &s, line(mug, 1), NULL).status, 201);
	kit_sql(k, "DO $$ BEGIN UPDATE point_account SET balance_krw = -1; RAISE 'taken'; EXCEPTION WHEN check_violation THEN "
	    "NULL; END $$");
	kit_sql(k, "DO $$ BEGIN UPDATE product SET stock = -1; RAISE 'taken'; EXCEPTION WHEN check_violation THEN NULL; END $$");
	kit_sql(k, "DO $$ BEGIN INSERT INTO point_entry SELECT gen_random_uuid(), user_id, company_id, kind, amount_krw, "
	    "balance_krw, source_id, created_at FROM point_entry; RAISE 'taken'; EXCEPTION WHEN unique_violation THEN "
	    "NULL; END $$");
}
