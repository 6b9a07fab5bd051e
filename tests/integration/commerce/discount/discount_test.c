/* Discounts: made, changed and ended by operators; which of several applies to a line. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

static struct kit *k;
static const char *mug;
static struct shopper s;

static void
begin(void)
{
	k = shop_open();
	mug = product_of(k, 10000, 100, "products");
	s = shopper_with(k, 1000000);
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(discount, .init = begin, .fini = end, .timeout = 120);

#define PERIOD "\"startsAt\":\"2026-01-01T00:00:00Z\",\"endsAt\":\"2036-01-01T00:00:00Z\""

static const char *
of_mug(const char *terms)
{
	return discount_of(k, kit_print("%s,\"productId\":\"%s\"", terms, mug));
}

static const char *
of_category(const char *id, const char *terms)
{
	return discount_of(k, kit_print("%s,\"categoryId\":\"%s\"", terms, id));
}

/* The line of one mug has this discount (NULL: none) and is reduced by so much. */
static void
mug_has(const char *discount, int64_t krw)
{
	struct kit_reply r = preview_by(k, &s, line(mug, 1), NULL);

	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_expect_eq(kit_json_i64(r.body, "lines.0.reducedKrw"), krw, "%s", r.body);
	if (discount == NULL)
		cr_expect_null(kit_json_text(r.body, "lines.0.discountId"), "%s", r.body);
	else
		cr_expect_str_eq(kit_json_text(r.body, "lines.0.discountId"), discount);
}

/* ---- which one applies */

Test(discount, the_highest_priority_wins_then_the_larger_then_the_older)
{
	const char *first, *category = category_of(k, "products");

	mug_has(NULL, 0);
	first = of_mug("\"kind\":\"percent\",\"value\":10");
	mug_has(first, 1000);
	(void)of_mug("\"kind\":\"fixed\",\"value\":1000");
	mug_has(first, 1000);
	mug_has(of_category(category, "\"kind\":\"fixed\",\"value\":1001"), 1001);
	mug_has(of_category(category, "\"kind\":\"fixed\",\"value\":5,\"priority\":1"), 5);
}

Test(discount, a_category_reaches_all_below_it_and_nothing_beside_it)
{
	const char *root = category_of(k, "grocery"), *leaf = category_below(k, "grocery", "fruit"), *apple;
	struct kit_reply r;

	(void)leaf;
	apple = product_of(k, 1000, 100, "fruit");
	of_category(root, "\"kind\":\"percent\",\"value\":20");
	r = preview_by(k, &s, kit_print("%s,%s", line(apple, 2), line(mug, 1)), NULL);
	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_assert_eq(kit_json_i64(r.body, "discountKrw"), 400, "%s", r.body);
	mug_has(NULL, 0);
}

Test(discount, it_applies_from_its_start_until_before_its_end)
{
	const char *id = of_mug("\"kind\":\"percent\",\"value\":10");

	kit_clock(k, -24 * 3600 - 60);
	mug_has(NULL, 0);
	kit_clock(k, 24 * 3600 + 60);
	mug_has(id, 1000);
	kit_clock(k, 30 * 24 * 3600 + 60);
	mug_has(NULL, 0);
}

Test(discount, an_order_keeps_its_reason_when_the_discount_changes_and_ends)
{
	const char *id = of_mug("\"kind\":\"fixed\",\"value\":700"), *order, *path = kit_print("/api/discounts/%s", id);
	struct kit_reply made = order_by(k, &s, line(mug, 3), NULL), read;

	cr_assert_eq(made.status, 201, "%s", made.body);
	order = kit_json_text(made.body, "id");
	cr_assert_str_eq(kit_sql(k, "SELECT discount_id, discount_name, reduced_krw, coupon_krw, discount_krw FROM order_item"),
	    kit_print("%s|할인|2100|0|2100", id));
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, kit_print("PATCH %s", path), "{\"name\":\"다른 이름\",\"value\":1}", "If-Match: \"v1\"").status, 200);
	mug_has(id, 1);
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, kit_print("DELETE %s", path), NULL).status, 204);
	mug_has(NULL, 0);
	read = kit_call(k, kit_print("GET /api/orders/%s", order), NULL);
	cr_assert_str_eq(read.body, made.body);
}

/* ---- made, changed, ended */

static struct kit_reply
make(const char *body)
{
	kit_as_operator(k);
	return kit_call(k, "POST /api/discounts", body);
}

static void
refused(struct kit_reply r, int status, const char *what)
{
	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect(strstr(r.body, what) != NULL, "no %s in %s", what, r.body);
}

Test(discount, what_makes_no_sense_is_refused_and_writes_nothing)
{
	const char *before = shop_digest(k), *scope = kit_print("\"productId\":\"%s\"", mug);

	refused(make(kit_print("{\"name\":\"a\",\"kind\":\"percent\",\"value\":101,%s," PERIOD "}", scope)), 400, "/value");
	refused(make(kit_print("{\"name\":\"a\",\"kind\":\"fixed\",\"value\":0,%s," PERIOD "}", scope)), 400, "/value");
	refused(make(kit_print("{\"name\":\"a\",\"kind\":\"fixed\",\"value\":1,%s,\"startsAt\":\"2026-01-01T00:00:00Z\","
	    "\"endsAt\":\"2026-01-01T00:00:00Z\"}", scope)), 400, "/endsAt");
	refused(make("{\"name\":\"a\",\"kind\":\"fixed\",\"value\":1," PERIOD "}"), 400, "/productId");
	refused(make(kit_print("{\"name\":\"a\",\"kind\":\"fixed\",\"value\":1,%s,\"categoryId\":\"%s\"," PERIOD "}", scope,
	    category_of(k, "products"))), 400, "/productId");
	refused(make(kit_print("{\"name\":\"a\",\"kind\":\"fixed\",\"value\":1,\"productId\":\"%s\"," PERIOD "}",
	    id_text(uuid_new()))), 422, "discount.scope_unknown");
	refused(make(kit_print("{\"name\":\"a\",\"kind\":\"fixed\",\"value\":1,\"categoryId\":\"%s\"," PERIOD "}",
	    id_text(uuid_new()))), 422, "discount.scope_unknown");
	cr_assert_str_eq(shop_digest(k), before);
}

Test(discount, a_change_names_the_version_that_was_read_and_is_told)
{
	const char *id = of_mug("\"kind\":\"percent\",\"value\":10"), *path = kit_print("PATCH /api/discounts/%s", id), *before;
	struct kit_reply r = kit_call(k, kit_print("GET /api/discounts/%s", id), NULL);

	cr_assert_str_eq(kit_header(&r, "ETag"), "\"v1\"");
	before = shop_digest(k);
	cr_assert_eq(kit_call(k, path, "{\"value\":20}").status, 428);
	refused(kit_call(k, path, "{\"value\":20}", "If-Match: \"v2\""), 412, "discount.stale");
	refused(kit_call(k, path, "{\"value\":200}", "If-Match: \"v1\""), 400, "/value");
	cr_assert_str_eq(shop_digest(k), before);
	r = kit_call(k, path, "{\"value\":20,\"priority\":7}", "If-Match: \"v1\"");
	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_assert_str_eq(kit_header(&r, "ETag"), "\"v2\"");
	cr_assert_str_eq(kit_json_text(r.body, "name"), "할인");
	cr_assert_eq(kit_call(k, kit_print("DELETE /api/discounts/%s", id), NULL).status, 204);
	cr_assert_eq(kit_call(k, kit_print("DELETE /api/discounts/%s", id), NULL).status, 404);
	cr_assert_eq(kit_call(k, kit_print("GET /api/discounts/%s", id), NULL).status, 404);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), min(tenant::text) FROM outbox WHERE type = 'discount.changed' AND key = '%s'",
	    id), "3|");
}

Test(discount, operators_list_them_newest_first_and_by_scope)
{
	const char *a = of_mug("\"kind\":\"percent\",\"value\":10");
	const char *b = of_category(category_of(k, "products"), "\"kind\":\"fixed\",\"value\":10");
	struct kit_reply r = kit_call(k, "GET /api/discounts?limit=1", NULL);

	cr_assert_str_eq(kit_json_text(r.body, "items.0.id"), b);
	r = kit_call(k, kit_print("GET /api/discounts?limit=1&cursor=%s", kit_json_text(r.body, "nextCursor")), NULL);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.id"), a);
	cr_assert_str_eq(kit_json_text(r.body, "nextCursor"), "null");
	r = kit_call(k, kit_print("GET /api/discounts?productId=%s", mug), NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 1);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.id"), a);
}

Test(discount, only_operators_have_to_do_with_them)
{
	const char *id = of_mug("\"kind\":\"percent\",\"value\":10");

	kit_as_user(k, s.user, s.company, UINT64_MAX);
	cr_assert_eq(kit_call(k, "GET /api/discounts", NULL).status, 403);
	cr_assert_eq(kit_call(k, "POST /api/discounts", "{}").status, 403);
	cr_assert_eq(kit_call(k, kit_print("GET /api/discounts/%s", id), NULL).status, 403);
	cr_assert_eq(kit_call(k, kit_print("PATCH /api/discounts/%s", id), "{}", "If-Match: \"v1\"").status, 403);
	cr_assert_eq(kit_call(k, kit_print("DELETE /api/discounts/%s", id), NULL).status, 403);
}
