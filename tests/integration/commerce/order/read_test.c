/* GET /api/orders and one order: only the buyer's own, but all for an operator. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "tests/integration/commerce/shop.h"

static struct kit *k;
static struct shopper ann, ben;
static const char *mug, *of_ann, *of_ben;

static void
begin(void)
{
	k = shop_open();
	mug = product_of(k, 1000, 1000, "products");
	ann = shopper_with(k, 100000);
	ben = shopper_with(k, 100000);
	of_ann = kit_json_text(order_by(k, &ann, line(mug, 1), NULL).body, "id");
	of_ben = kit_json_text(order_by(k, &ben, line(mug, 2), NULL).body, "id");
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(order_read, .init = begin, .fini = end, .timeout = 120);

static struct kit_reply
get(const char *path)
{
	return kit_call(k, kit_print("GET %s", path), NULL);
}

Test(order_read, an_order_of_another_user_does_not_exist)
{
	struct kit_reply foreign, absent;

	kit_as_user(k, ann.user, ann.company, UINT64_MAX);
	cr_assert_eq(get(kit_print("/api/orders/%s", of_ann)).status, 200);
	foreign = get(kit_print("/api/orders/%s", of_ben));
	absent = get(kit_print("/api/orders/%s", id_text(uuid_new())));
	cr_assert_eq(foreign.status, 404);
	cr_assert_str_eq(foreign.slug, absent.slug);
	cr_assert_str_eq(get(kit_print("/api/orders/%s/shipping", of_ben)).slug, "order.not_found");
}

Test(order_read, a_colleague_of_the_same_company_does_not_see_it_either)
{
	kit_as_user(k, uuid_new(), ann.company, UINT64_MAX);
	cr_assert_eq(get(kit_print("/api/orders/%s", of_ann)).status, 404);
	cr_assert_eq(get(kit_print("/api/orders/%s/shipping", of_ann)).status, 404);
	cr_assert_eq(kit_json_length(get("/api/orders").body, "items"), 0);
}

Test(order_read, a_list_holds_the_callers_orders_only)
{
	struct kit_reply r;

	kit_as_user(k, ann.user, ann.company, 0);
	r = get("/api/orders");
	cr_assert_eq(kit_json_length(r.body, "items"), 1);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.id"), of_ann);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.shippingStatus"), "ordered");
	cr_assert_str_eq(kit_json_text(r.body, "nextCursor"), "null");
}

Test(order_read, an_operator_sees_all)
{
	kit_as_operator(k);
	cr_assert_eq(kit_json_length(get("/api/orders").body, "items"), 2);
	cr_assert_eq(get(kit_print("/api/orders/%s", of_ann)).status, 200);
	cr_assert_eq(get(kit_print("/api/orders/%s/shipping", of_ben)).status, 200);
}

Test(order_read, nobody_and_customers_see_nothing)
{
	kit_as_nobody(k);
	cr_assert_eq(get("/api/orders").status, 401);
	kit_as_customer(k, ann.user, ann.company);
	cr_assert_eq(get(kit_print("/api/orders/%s", of_ann)).status, 403);
	cr_assert_eq(get("/api/orders").status, 403);
}

Test(order_read, an_id_that_is_none_is_refused_before_the_database)
{
	kit_as_user(k, ann.user, ann.company, 0);
	cr_assert_eq(get("/api/orders/one").status / 100, 4);
	cr_assert_eq(get("/api/orders/%00").status / 100, 4);
	cr_assert_eq(get(kit_print("/api/orders/%s'", of_ann)).status / 100, 4);
}

Test(order_read, an_unchanged_order_is_304)
{
	struct kit_reply r;

	kit_as_user(k, ann.user, ann.company, 0);
	r = get(kit_print("/api/orders/%s", of_ann));
	cr_assert_str_eq(kit_header(&r, "ETag"), "\"v1\"");
	cr_assert_eq(kit_call(k, kit_print("GET /api/orders/%s", of_ann), NULL, "If-None-Match: \"v1\"").status, 304);
}

Test(order_read, pages_are_newest_first_and_hold_each_order_once)
{
	const char *cursor = NULL, *last = "~";
	int seen = 0, pages = 0;

	for (int i = 0; i < 6; i++)
		cr_assert_eq(order_by(k, &ann, line(mug, 1), NULL).status, 201);
	do {
		struct kit_reply r = get(cursor == NULL ? "/api/orders?limit=3"
		    : kit_print("/api/orders?limit=3&cursor=%s", cursor));

		cr_assert_eq(r.status, 200, "%s", r.body);
		for (size_t i = 0; i < kit_json_length(r.body, "items"); i++, seen++) {
			const char *id = kit_json_text(r.body, kit_print("items.%zu.id", i));

			cr_assert_lt(strcmp(id, last), 0);
			last = id;
		}
		cursor = kit_json_text(r.body, "nextCursor");
		pages++;
	} while (strcmp(cursor, "null") != 0);
	cr_assert_eq(seen, 7);
	cr_assert_eq(pages, 3);
}
