/* The terms of coupons: their scope, what may be changed, who sees them. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

#define TEN_PERCENT "\"kind\":\"percent\",\"value\":10"

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

TestSuite(coupon_change, .init = begin, .fini = end, .timeout = 120);

static void
refused(struct kit_reply r, int status, const char *slug)
{
	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect_str_eq(r.slug, slug, "%s", r.body);
}

static struct kit_reply
change(const char *coupon, const char *json, int version)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("PATCH /api/coupons/%s", coupon), json, kit_print("If-Match: \"v%d\"", version));
}

static const char *
in_a_week(void)
{
	char text[TIME_CHARS + 1];

	time_print(clock_now_us() + INT64_C(7) * 24 * 3600 * 1000000, text);
	return kit_print("%s", text);
}

Test(coupon_change, what_is_given_replaces_what_was_and_is_told)
{
	const char *coupon = coupon_of(k, TEN_PERCENT);
	const struct coupon_changed_v1 *ev;
	struct kit_reply r;

	r = change(coupon, kit_print("{\"name\":\"여름\",\"totalCap\":5,\"perUserCap\":2,\"validDays\":30,\"endsAt\":\"%s\"}",
	    in_a_week()), 1);
	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_assert_str_eq(kit_header(&r, "ETag"), "\"v2\"");
	cr_assert_str_eq(kit_json_text(r.body, "name"), "여름");
	cr_assert_eq(kit_json_i64(r.body, "perUserCap"), 2);
	cr_assert_eq(kit_json_i64(r.body, "value"), 10);
	ev = kit_event(k, &coupon_changed_v1_event);
	cr_assert(text_is(ev->change, "created") && ev->version == 1);
	ev = kit_event(k, &coupon_changed_v1_event);
	cr_assert(text_is(ev->change, "changed") && ev->version == 2);
	refused(change(coupon, "{\"name\":\"x\"}", 1), 412, "coupon.stale");
	refused(change(id_text(uuid_new()), "{}", 1), 404, "coupon.not_found");
	cr_assert_eq(kit_call(k, kit_print("PATCH /api/coupons/%s", coupon), "{}").status, 428);
	r = kit_call(k, kit_print("GET /api/coupons/%s", coupon), NULL);
	cr_assert_str_eq(kit_header(&r, "ETag"), "\"v2\"");
}

Test(coupon_change, a_closed_one_is_claimed_no_more_but_used_by_those_who_have_it)
{
	const char *mug = product_of(k, 1000, 9, "products"), *coupon = coupon_of(k, TEN_PERCENT), *mine;
	struct shopper s = shopper_with(k, 5000), late = shopper_with(k, 0);

	mine = claimed_by(k, &s, coupon);
	cr_assert_not_null(kit_json_text(change(coupon, "{\"closed\":true}", 1).body, "closedAt"));
	refused(claim_by(k, &late, coupon), 422, "coupon.expired");
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/coupons", NULL).body, "items"), 0);
	cr_assert_eq(order_by(k, &s, line(mug, 1), mine).status, 201);
	cr_assert_eq(change(coupon, "{\"closed\":false}", 2).status, 200);
	cr_assert_eq(claim_by(k, &late, coupon).status, 201);
}

Test(coupon_change, what_makes_no_sense_is_named_and_written_nowhere)
{
	const char *coupon = coupon_of(k, TEN_PERCENT), *before;
	struct shopper a = shopper_with(k, 0), b = shopper_with(k, 0);
	struct kit_reply r;

	claimed_by(k, &a, coupon);
	claimed_by(k, &b, coupon);
	before = shop_digest(k);
	r = change(coupon, "{\"totalCap\":1,\"endsAt\":\"2020-01-01T00:00:00Z\"}", 1);
	cr_assert_eq(r.status, 400, "%s", r.body);
	cr_assert_eq(kit_json_length(r.body, "errors"), 2);
	cr_expect_eq(change(coupon, "{\"value\":20}", 1).status, 400);
	cr_expect_eq(change(coupon, "{\"perUserCap\":0}", 1).status, 400);
	kit_as_user(k, a.user, a.company, UINT64_MAX);
	cr_expect_eq(kit_call(k, kit_print("PATCH /api/coupons/%s", coupon), "{}", "If-Match: \"v1\"").status, 403);
	cr_assert_str_eq(shop_digest(k), before);
}

/* ---- scope */

static struct kit_reply
create(const char *terms)
{
	kit_as_operator(k);
	return kit_call(k, "POST /api/coupons", kit_print("{\"name\":\"쿠폰\"," TEN_PERCENT ",%s,\"startsAt\":"
	    "\"2026-01-01T00:00:00Z\",\"endsAt\":\"%s\"}", terms, in_a_week()));
}

Test(coupon_change, a_coupon_for_some_products_takes_off_these_only)
{
	const char *mug = product_of(k, 1000, 9, "products"), *pen = product_of(k, 500, 9, "products"), *coupon, *registered;
	struct shopper s = shopper_with(k, 50000);
	struct kit_reply r = create(kit_print("\"productIds\":[\"%s\"]", mug));

	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_str_eq(kit_json_text(r.body, "productIds.0"), mug);
	coupon = kit_json_text(r.body, "id");
	registered = claimed_by(k, &s, coupon);
	refused(order_by(k, &s, line(pen, 1), registered), 422, "coupon.not_applicable");
	r = order_by(k, &s, kit_print("%s,%s", line(mug, 1), line(pen, 1)), registered);
	cr_assert_eq(kit_json_i64(r.body, "discountKrw"), 100);
	r = kit_call(k, "GET /api/coupons", NULL);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.productIds.0"), mug);
}

Test(coupon_change, a_scope_that_is_not_there_is_refused)
{
	const char *mug = product_of(k, 1000, 9, "products"), *category = kit_sql(k, "SELECT id FROM category LIMIT 1");
	const char *before = shop_digest(k);

	refused(create(kit_print("\"productIds\":[\"%s\",\"%s\"]", mug, id_text(uuid_new()))), 422, "coupon.scope_unknown");
	refused(create(kit_print("\"productIds\":[\"%s\",\"%s\"]", mug, mug)), 422, "coupon.scope_unknown");
	refused(create(kit_print("\"categoryId\":\"%s\"", id_text(uuid_new()))), 422, "coupon.scope_unknown");
	cr_expect_str_eq(kit_json_text(create(kit_print("\"categoryId\":\"%s\",\"productIds\":[\"%s\"]", category, mug)).body,
	    "errors.0.pointer"), "/productIds");
	cr_assert_str_eq(shop_digest(k), before);
}

/* ---- what is seen */

Test(coupon_change, users_see_what_they_can_claim_and_operators_all)
{
	struct shopper s = shopper_with(k, 0);

	coupon_of(k, TEN_PERCENT ",\"claim\":\"operator\"");
	coupon_of(k, TEN_PERCENT ",\"claim\":\"code\"");
	coupon_of(k, TEN_PERCENT);
	kit_as_user(k, s.user, s.company, 0);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/coupons", NULL).body, "items"), 1);
	kit_clock(k, 40 * 24 * 3600);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/coupons", NULL).body, "items"), 0);
	kit_as_operator(k);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/coupons", NULL).body, "items"), 3);
}

static size_t
own(const struct shopper *s, const char *query)
{
	kit_as_user(k, s->user, s->company, 0);
	return kit_json_length(kit_call(k, kit_print("GET /api/registered-coupons%s", query), NULL).body, "items");
}

Test(coupon_change, own_coupons_are_filtered_by_their_state)
{
	const char *mug = product_of(k, 1000, 9, "products"), *used = coupon_of(k, TEN_PERCENT);
	const char *short_one = coupon_of(k, TEN_PERCENT ",\"validDays\":1");
	const char *long_one = coupon_of(k, TEN_PERCENT ",\"validDays\":20");
	struct shopper s = shopper_with(k, 5000);
	const char *order = placed_by(k, &s, line(mug, 1), claimed_by(k, &s, used));
	struct kit_reply r;

	claimed_by(k, &s, short_one);
	claimed_by(k, &s, long_one);
	kit_clock(k, 2 * 24 * 3600);
	cr_expect_eq(own(&s, ""), 3);
	cr_expect_eq(own(&s, "?status=usable"), 1);
	cr_expect_eq(own(&s, "?status=used"), 1);
	cr_expect_eq(own(&s, "?status=expired"), 1);
	cr_expect_eq(own(&s, "?status=lost"), 0);
	r = kit_call(k, "GET /api/registered-coupons?status=used", NULL);
	cr_expect_str_eq(kit_json_text(r.body, "items.0.orderId"), order);
	cr_assert_eq(cancel_by(k, &s, order).status, 201);
	cr_expect_eq(own(&s, "?status=usable"), 2);
}
