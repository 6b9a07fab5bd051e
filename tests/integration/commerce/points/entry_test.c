/* Points: the balance and the ledger behind it, own only. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
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

TestSuite(points, .init = begin, .fini = end, .timeout = 120);

Test(points, an_account_that_is_not_open_yet_is_empty)
{
	struct shopper s = { uuid_new(), uuid_new() };

	cr_assert_eq(balance_of(k, &s), 0);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/points/entries", NULL).body, "items"), 0);
}

Test(points, the_ledger_shows_what_came_and_what_went_newest_first)
{
	const char *mug = product_of(k, 3000, 9, "products"), *order;
	struct shopper s = shopper_with(k, 10000);
	struct kit_reply r;

	order = kit_json_text(order_by(k, &s, line(mug, 2), NULL).body, "id");
	r = kit_call(k, "GET /api/points/entries", NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 2);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.kind"), "order");
	cr_assert_str_eq(kit_json_text(r.body, "items.0.amountKrw"), "-6000");
	cr_assert_eq(kit_json_i64(r.body, "items.0.balanceKrw"), 4000);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.sourceId"), order);
	cr_assert_str_eq(kit_json_text(r.body, "items.1.kind"), "charge");
	cr_assert_eq(kit_json_i64(r.body, "items.1.balanceKrw"), 10000);
}

Test(points, pages_of_the_ledger_hold_each_entry_once_also_when_one_is_added_meanwhile)
{
	const char *mug = product_of(k, 1, 100, "products"), *cursor = "", *last = "~";
	struct shopper s = shopper_with(k, 10000);
	int seen = 0;

	for (int i = 0; i < 24; i++)
		cr_assert_eq(order_by(k, &s, line(mug, 1), NULL).status, 201);
	while (strcmp(cursor, "null") != 0) {
		struct kit_reply r = kit_call(k, kit_print("GET /api/points/entries?limit=7%s%s", *cursor != '\0' ? "&cursor=" : "",
		    cursor), NULL);

		cr_assert_eq(r.status, 200, "%s", r.body);
		for (size_t i = 0; i < kit_json_length(r.body, "items"); i++, seen++) {
			const char *id = kit_json_text(r.body, kit_print("items.%zu.id", i));

			cr_assert_lt(strcmp(id, last), 0);
			last = id;
		}
		cursor = kit_json_text(r.body, "nextCursor");
		cr_assert_eq(order_by(k, &s, line(mug, 1), NULL).status, 201);
	}
	cr_assert_eq(seen, 25);
	cr_assert_eq(kit_call(k, "GET /api/points/entries?cursor=x", NULL).status, 400);
}

Test(points, nobody_sees_the_points_of_a_colleague)
{
	struct shopper s = shopper_with(k, 10000), colleague = { uuid_new(), s.company };

	cr_assert_eq(balance_of(k, &colleague), 0);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/points/entries", NULL).body, "items"), 0);
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, "GET /api/points", NULL).status, 403);
}
