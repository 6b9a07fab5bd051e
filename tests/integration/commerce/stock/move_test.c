/* The ledger of the stock: receipts, corrections, sales; never negative, always the sum. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

enum { CROWD = 60 };

static struct kit *k;
static const char *mug;

static void
begin(void)
{
	k = shop_open();
	mug = product_of(k, 1000, 10, "products");
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(stock, .init = begin, .fini = end, .timeout = 120);

static struct kit_reply
move(const char *body)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("POST /api/products/%s/stock-movements", mug), body);
}

Test(stock, a_receipt_and_a_correction_are_listed_with_who_and_why_and_told)
{
	struct kit_reply r = move("{\"kind\":\"receipt\",\"delta\":5}");
	const struct stock_moved_v1 *ev;

	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_eq(kit_json_i64(r.body, "stock"), 15);
	r = move("{\"kind\":\"correction\",\"delta\":-2,\"reason\":\"두 개가 깨졌다\"}");
	cr_assert_eq(kit_json_i64(r.body, "stock"), 13);
	r = kit_call(k, kit_print("GET /api/products/%s/stock-movements", mug), NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 3);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.kind"), "correction");
	cr_assert_str_eq(kit_json_text(r.body, "items.0.reason"), "두 개가 깨졌다");
	cr_assert_not_null(kit_json_text(r.body, "items.0.movedBy"));
	cr_assert_eq(kit_json_i64(r.body, "items.1.delta"), 5);
	cr_assert_str_eq(kit_json_text(r.body, "items.2.sourceId"), mug);
	ev = kit_event(k, &stock_moved_v1_event);
	cr_assert(ev->delta == 5 && ev->stock == 15 && text_is(ev->kind, "receipt"));
	ev = kit_event(k, &stock_moved_v1_event);
	cr_assert(ev->delta == -2 && ev->stock == 13);
	cr_assert_str_eq(id_text(ev->product_id), mug);
}

Test(stock, what_makes_no_sense_is_refused_and_writes_nothing)
{
	const char *before = shop_digest(k);

	cr_expect_eq(move("{\"kind\":\"receipt\",\"delta\":0}").status, 400);
	cr_expect_eq(move("{\"kind\":\"receipt\",\"delta\":-1}").status, 400);
	cr_expect_eq(move("{\"kind\":\"correction\",\"delta\":-1}").status, 400);
	cr_expect_eq(move("{\"kind\":\"correction\",\"delta\":0,\"reason\":\"a\"}").status, 400);
	cr_expect_eq(move("{\"kind\":\"order\",\"delta\":-1,\"reason\":\"a\"}").status, 400);
	cr_expect_eq(move("{\"kind\":\"receipt\",\"delta\":1000000001}").status, 400);
	cr_expect_str_eq(move("{\"kind\":\"correction\",\"delta\":-11,\"reason\":\"a\"}").slug, "stock.too_low");
	cr_expect_eq(kit_call(k, kit_print("POST /api/products/%s/stock-movements", id_text(uuid_new())),
	    "{\"kind\":\"receipt\",\"delta\":1}").status, 404);
	kit_as_user(k, uuid_new(), uuid_new(), UINT64_MAX);
	cr_expect_eq(kit_call(k, kit_print("POST /api/products/%s/stock-movements", mug),
	    "{\"kind\":\"receipt\",\"delta\":1}").status, 403);
	cr_expect_eq(kit_call(k, kit_print("GET /api/products/%s/stock-movements", mug), NULL).status, 403);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(stock, one_key_receives_once)
{
	const char *path = kit_print("POST /api/products/%s/stock-movements", mug), *key = "Idempotency-Key: r";
	const char *body = "{\"kind\":\"receipt\",\"delta\":5}";
	struct kit_reply first = kit_call(k, path, body, key), again = kit_call(k, path, body, key);

	cr_assert_eq(first.status, 201);
	cr_assert_str_eq(again.body, first.body);
	cr_assert_eq(kit_call(k, path, "{\"kind\":\"receipt\",\"delta\":6}", key).status, 422);
	cr_assert_str_eq(kit_sql(k, "SELECT stock FROM product"), "15");
}

Test(stock, pages_hold_each_movement_once_while_more_come_in)
{
	const char *cursor = "", *last = "~";
	int seen = 0;

	for (int i = 0; i < 12; i++)
		cr_assert_eq(move("{\"kind\":\"receipt\",\"delta\":1}").status, 201);
	while (strcmp(cursor, "null") != 0) {
		struct kit_reply r = kit_call(k, kit_print("GET /api/products/%s/stock-movements?limit=5%s%s", mug,
		    *cursor != '\0' ? "&cursor=" : "", cursor), NULL);

		for (size_t i = 0; i < kit_json_length(r.body, "items"); i++, seen++) {
			const char *id = kit_json_text(r.body, kit_print("items.%zu.sourceId", i));

			cr_assert_lt(strcmp(id, last), 0);
			last = id;
		}
		cursor = kit_json_text(r.body, "nextCursor");
		cr_assert_eq(move("{\"kind\":\"receipt\",\"delta\":1}").status, 201);
	}
	cr_assert_eq(seen, 13);
}

struct rush { struct shopper s[CROWD]; struct kit_reply replies[CROWD]; };

static void
sell_receive_correct(void *arg, int i)
{
	struct rush *r = arg;

	if (i % 3 == 0)
		r->replies[i] = move("{\"kind\":\"receipt\",\"delta\":1}");
	else if (i % 3 == 1)
		r->replies[i] = move("{\"kind\":\"correction\",\"delta\":-1,\"reason\":\"a\"}");
	else
		r->replies[i] = order_by(k, &r->s[i], line(mug, 1), NULL);
}

/* 20 receipts, 20 corrections, 20 sales on a stock of 10: each goes through or is refused for the stock. */
Test(stock, sales_receipts_and_corrections_at_once_add_up)
{
	static struct rush r;
	int made, too_low, sold_out;

	for (int i = 2; i < CROWD; i += 3)
		r.s[i] = shopper_with(k, 1000);
	crowd(CROWD, sell_receive_correct, &r);
	made = count_replies(r.replies, CROWD, 201, NULL);
	too_low = count_replies(r.replies, CROWD, 422, "stock.too_low");
	sold_out = count_replies(r.replies, CROWD, 422, "order.out_of_stock");
	cr_assert_eq(made + too_low + sold_out, CROWD);
	cr_assert_str_eq(kit_sql(k, "SELECT stock FROM product"), kit_print("%d", 10 + 20 - (made - 20)));
}
