/* POST /api/orders/preview: the same as the order, to the won, and nothing written. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/integration/commerce/shop.h"

enum { GOODS_N = 10, CARTS = 60, MOST_LINES = 8 };

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

TestSuite(preview, .init = begin, .fini = end, .timeout = 120);

Test(preview, a_preview_names_the_reason_of_each_discount)
{
	const char *mug = product_of(k, 18000, 10, "products"), *rice = product_of(k, 4000, 7, "grocery"), *before;
	const char *discount = discount_of(k, kit_print("\"kind\":\"percent\",\"value\":25,\"productId\":\"%s\"", rice));
	struct shopper s = shopper_with(k, 1000);
	const char *registered = claimed_by(k, &s, coupon_of(k, "\"kind\":\"fixed\",\"value\":1000"));
	struct kit_reply r;
	const char *at = strcmp(mug, rice) < 0 ? "1" : "0";

	before = shop_digest(k);
	r = preview_by(k, &s, kit_print("%s,%s", line(mug, 1), line(rice, 2)), registered);
	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_assert_str_eq(kit_json_text(r.body, kit_print("lines.%s.discountId", at)), discount);
	cr_assert_str_eq(kit_json_text(r.body, kit_print("lines.%s.discountName", at)), "할인");
	cr_assert_eq(kit_json_i64(r.body, kit_print("lines.%s.reducedKrw", at)), 2000);
	cr_assert_str_eq(kit_json_text(r.body, "couponName"), "쿠폰");
	cr_assert_eq(kit_json_i64(r.body, "totalKrw"), 26000);
	cr_assert_eq(kit_json_i64(r.body, "discountKrw"), 3000);
	cr_assert_eq(kit_json_i64(r.body, "pointsMissingKrw"), 22000);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(preview, it_takes_one_round_trip_and_is_refused_as_the_order_would_be)
{
	const char *mug = product_of(k, 1000, 5, "products"), *coupon = coupon_of(k, "\"kind\":\"fixed\",\"value\":1");
	struct shopper s = shopper_with(k, 1000);
	const char *registered = claimed_by(k, &s, coupon);
	int before = db_round_trips(NULL);

	cr_assert_eq(preview_by(k, &s, line(mug, 1), registered).status, 200);
	cr_assert_eq(db_round_trips(NULL) - before, 1);
	cr_assert_str_eq(preview_by(k, &s, line(mug, 6), NULL).slug, "order.out_of_stock");
	cr_assert_str_eq(preview_by(k, &s, line(coupon, 1), NULL).slug, "order.product_unknown");
	cr_assert_str_eq(preview_by(k, &s, line(mug, 1), coupon).slug, "coupon.unknown");
	cr_assert_eq(order_by(k, &s, line(mug, 1), registered).status, 201);
	cr_assert_str_eq(preview_by(k, &s, line(mug, 1), registered).slug, "coupon.used");
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, "POST /api/orders/preview", "{}").status, 403);
}

/* ---- random carts */

static unsigned seed;

static int
below(int n)
{
	return (int)((unsigned)rand_r(&seed) % (unsigned)n);
}

static const char *const slugs[] = { "grocery", "fruit", "apples", "clothing" };

static const char *
any_terms(void)
{
	bool percent = below(2) == 0;

	return kit_print("\"kind\":\"%s\",\"value\":%d", percent ? "percent" : "fixed", 1 + below(percent ? 100 : 9000));
}

static const char *
any_scope(const char *const *goods)
{
	return below(2) == 0 ? kit_print(",\"categoryId\":\"%s\"", category_of(k, slugs[below(4)]))
	    : kit_print(",\"productId\":\"%s\"", goods[below(GOODS_N)]);
}

static void
fill_shop(const char **goods)
{
	category_below(k, "grocery", "fruit");
	category_below(k, "fruit", "apples");
	for (int i = 0; i < GOODS_N; i++)
		goods[i] = product_of(k, below(4) == 0 ? below(10) : 1 + below(20000), 100000, slugs[below(4)]);
	for (int i = 0; i < 12; i++)
		discount_of(k, kit_print("%s,\"priority\":%d%s", any_terms(), below(3), any_scope(goods)));
}

/* A coupon for everything, for a category or for some of the goods, or none at all. */
static const char *
any_coupon(const struct shopper *s, const char *const *goods)
{
	const char *coupon, *scope = "";
	int kind = below(4);

	if (kind == 0)
		return NULL;
	if (kind == 1)
		scope = kit_print(",\"categoryId\":\"%s\"", category_of(k, slugs[below(4)]));
	coupon = coupon_of(k, kit_print("%s%s%s", any_terms(), scope, below(3) == 0 ? ",\"maximumDiscountKrw\":700" : ""));
	for (int i = 0; kind == 2 && i < 3; i++)
		kit_sql(k, "INSERT INTO coupon_product VALUES ('%s', '%s') ON CONFLICT DO NOTHING", coupon, goods[below(GOODS_N)]);
	return claimed_by(k, s, coupon);
}

static const char *
any_lines(const char *const *goods)
{
	const char *lines = line(goods[below(GOODS_N)], 1 + below(5));

	for (int n = below(MOST_LINES); n > 0; n--)
		lines = kit_print("%s,%s", lines, line(goods[below(GOODS_N)], 1 + below(5)));
	return lines;
}

/* The lines add up to the totals, and none is negative. */
static void
check_sums(const char *json)
{
	int64_t total = 0, discount = 0;

	for (size_t i = 0; i < kit_json_length(json, "lines"); i++) {
		int64_t amount = kit_json_i64(json, kit_print("lines.%zu.amountKrw", i));
		int64_t off = kit_json_i64(json, kit_print("lines.%zu.discountKrw", i));

		cr_assert(off >= 0 && off <= amount, "%s", json);
		cr_assert_eq(off, kit_json_i64(json, kit_print("lines.%zu.reducedKrw", i)) +
		    kit_json_i64(json, kit_print("lines.%zu.couponKrw", i)));
		total += amount;
		discount += off;
	}
	cr_assert_eq(total, kit_json_i64(json, "totalKrw"));
	cr_assert_eq(discount, kit_json_i64(json, "discountKrw"));
	cr_assert_eq(total - discount, kit_json_i64(json, "paidKrw"));
}

static const char *const shared[] = { "lines", "totalKrw", "discountKrw", "paidKrw" };

Test(preview, of_sixty_random_carts_each_costs_what_its_preview_said)
{
	const char *told = getenv("CART_SEED"), *goods[GOODS_N];
	unsigned first = told != NULL ? (unsigned)atoi(told) : (unsigned)clock_real_us();
	struct shopper s = shopper_with(k, 100000000);
	int bought = 0;

	cr_log_info("CART_SEED=%u", first);
	seed = first;
	fill_shop(goods);
	for (int i = 0; i < CARTS; i++) {
		const char *lines = any_lines(goods), *registered = any_coupon(&s, goods);
		struct kit_reply preview = preview_by(k, &s, lines, registered), order = order_by(k, &s, lines, registered);

		cr_assert_str_eq(preview.slug, order.slug, "CART_SEED=%u: %s and %s", first, preview.body, order.body);
		if (order.status != 201)
			continue;
		bought++;
		check_sums(preview.body);
		for (size_t j = 0; j < sizeof(shared) / sizeof(shared[0]); j++)
			cr_assert_str_eq(kit_json_text(preview.body, shared[j]), kit_json_text(order.body, shared[j]),
			    "CART_SEED=%u: %s and %s", first, preview.body, order.body);
	}
	cr_assert_gt(bought, CARTS / 3);
}
