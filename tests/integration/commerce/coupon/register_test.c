/* Coupons: defined by operators, claimed once per user, never more than their cap. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "tests/integration/commerce/shop.h"

enum { CROWD = 50, CAP = 7 };

static struct kit *k;
static struct kit_reply replies[CROWD];

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

TestSuite(coupon, .init = begin, .fini = end, .timeout = 120);

static void
refused(struct kit_reply r, int status, const char *slug)
{
	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect_str_eq(r.slug, slug, "%s", r.body);
}

/* ---- claims */

Test(coupon, a_claim_is_usable_for_seven_days)
{
	const char *coupon = coupon_of(k, "\"kind\":\"percent\",\"value\":10");
	struct shopper s = shopper_with(k, 0);
	struct kit_reply r = claim_by(k, &s, coupon);

	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_str_eq(kit_json_text(r.body, "status"), "usable");
	cr_assert_str_eq(kit_sql(k, "SELECT valid_until - registered_at, user_id, company_id, used_at FROM registered_coupon"),
	    kit_print("7 days|%s|%s|", id_text(s.user), id_text(s.company)));
	kit_clock(k, 7 * 24 * 3600 - 60);
	cr_assert_str_eq(kit_json_text(kit_call(k, "GET /api/registered-coupons", NULL).body, "items.0.status"), "usable");
	kit_clock(k, 61);
	cr_assert_str_eq(kit_json_text(kit_call(k, "GET /api/registered-coupons", NULL).body, "items.0.status"), "expired");
}

Test(coupon, a_claim_lasts_no_longer_than_its_coupon)
{
	const char *coupon = coupon_of(k, "\"kind\":\"percent\",\"value\":10");
	struct shopper s = shopper_with(k, 0);

	kit_clock(k, 28 * 24 * 3600);
	cr_assert_eq(claim_by(k, &s, coupon).status, 201);
	cr_assert_str_eq(kit_sql(k, "SELECT r.valid_until = c.ends_at FROM registered_coupon r JOIN coupon c "
	    "ON c.id = r.coupon_id"), "t");
}

Test(coupon, a_user_claims_it_once)
{
	const char *coupon = coupon_of(k, "\"kind\":\"percent\",\"value\":10");
	struct shopper s = shopper_with(k, 0), other = shopper_with(k, 0);

	cr_assert_eq(claim_by(k, &s, coupon).status, 201);
	refused(claim_by(k, &s, coupon), 409, "coupon.per_customer");
	cr_assert_eq(claim_by(k, &other, coupon).status, 201);
	cr_assert_str_eq(kit_sql(k, "SELECT registered FROM coupon"), "2");
}

Test(coupon, a_used_one_is_shown_as_used_and_cannot_be_claimed_again)
{
	const char *coupon = coupon_of(k, "\"kind\":\"fixed\",\"value\":10"), *mug = product_of(k, 1000, 9, "products");
	struct shopper s = shopper_with(k, 5000);

	cr_assert_eq(order_by(k, &s, line(mug, 1), claimed_by(k, &s, coupon)).status, 201);
	cr_assert_str_eq(kit_json_text(kit_call(k, "GET /api/registered-coupons", NULL).body, "items.0.status"), "used");
	refused(claim_by(k, &s, coupon), 409, "coupon.per_customer");
}

Test(coupon, an_ended_a_future_an_exhausted_and_an_unknown_coupon_say_so_and_write_nothing)
{
	const char *coupon = coupon_of(k, "\"kind\":\"percent\",\"value\":10,\"totalCap\":1"), *before;
	struct shopper s = shopper_with(k, 0), late = shopper_with(k, 0);

	kit_clock(k, -2 * 24 * 3600);
	before = shop_digest(k);
	refused(claim_by(k, &s, coupon), 422, "coupon.not_applicable");
	kit_clock(k, 2 * 24 * 3600);
	cr_assert_str_eq(shop_digest(k), before);
	cr_assert_eq(claim_by(k, &s, coupon).status, 201);
	before = shop_digest(k);
	refused(claim_by(k, &late, coupon), 422, "coupon.used_up");
	kit_clock(k, 30 * 24 * 3600 + 1);
	refused(claim_by(k, &late, coupon), 422, "coupon.expired");
	refused(claim_by(k, &late, id_text(uuid_new())), 404, "coupon.not_found");
	cr_assert_str_eq(shop_digest(k), before);
}

struct claims { const char *coupon; struct shopper s[CROWD]; };

static void
claim_part(void *arg, int i)
{
	const struct claims *c = arg;

	replies[i] = claim_by(k, &c->s[i], c->coupon);
}

/* The first claim takes its time, so that others have looked for it before it is there. */
static void
slow_down_claims(void)
{
	kit_sql(k, "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS "
	    "$$ BEGIN PERFORM pg_sleep(0.3); RETURN new; END $$;"
	    "CREATE TRIGGER slowly BEFORE INSERT ON registered_coupon FOR EACH ROW EXECUTE FUNCTION slowly()");
}

Test(coupon, fifty_parallel_claims_of_one_user_register_it_once)
{
	struct claims c = { .coupon = coupon_of(k, "\"kind\":\"percent\",\"value\":10") };

	slow_down_claims();
	c.s[0] = shopper_with(k, 0);
	for (int i = 1; i < CROWD; i++)
		c.s[i] = c.s[0];
	crowd(CROWD, claim_part, &c);
	cr_assert_eq(count_replies(replies, CROWD, 201, NULL), 1);
	cr_assert_eq(count_replies(replies, CROWD, 409, "coupon.per_customer"), CROWD - 1, "%d unique.registered_coupon_once",
	    count_replies(replies, CROWD, 409, "unique.registered_coupon_once"));
	cr_assert_str_eq(kit_sql(k, "SELECT registered FROM coupon"), "1");
}

Test(coupon, fifty_users_at_once_do_not_pass_the_cap)
{
	struct claims c = { .coupon = coupon_of(k, kit_print("\"kind\":\"percent\",\"value\":10,\"totalCap\":%d", CAP)) };

	for (int i = 0; i < CROWD; i++)
		c.s[i] = shopper_with(k, 0);
	crowd(CROWD, claim_part, &c);
	cr_assert_eq(count_replies(replies, CROWD, 201, NULL), CAP);
	cr_assert_eq(count_replies(replies, CROWD, 422, "coupon.used_up"), CROWD - CAP);
	cr_assert_str_eq(kit_sql(k, "SELECT registered FROM coupon"), kit_print("%d", CAP));
}

Test(coupon, coupons_of_others_are_not_listed)
{
	struct shopper s = shopper_with(k, 0), other = shopper_with(k, 0);

	claimed_by(k, &s, coupon_of(k, "\"kind\":\"percent\",\"value\":10"));
	kit_as_user(k, other.user, s.company, 0);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/registered-coupons", NULL).body, "items"), 0);
}

Test(coupon, only_what_can_be_claimed_now_is_listed)
{
	const char *capped = coupon_of(k, "\"kind\":\"percent\",\"value\":10,\"totalCap\":1"), *open;
	struct shopper s = shopper_with(k, 0);

	claimed_by(k, &s, capped);
	open = coupon_of(k, "\"kind\":\"fixed\",\"value\":10");
	kit_as_user(k, s.user, s.company, 0);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/coupons", NULL).body, "items"), 1);
	cr_assert_str_eq(kit_json_text(kit_call(k, "GET /api/coupons", NULL).body, "items.0.id"), open);
	kit_clock(k, -2 * 24 * 3600);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/coupons", NULL).body, "items"), 0);
	kit_clock(k, 33 * 24 * 3600);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/coupons", NULL).body, "items"), 0);
}

/* ---- definitions */

static void
bad_coupon(const char *members, const char *pointer)
{
	struct kit_reply r = kit_call(k, "POST /api/coupons", kit_print("{\"name\":\"쿠폰\",%s}", members));

	cr_expect_eq(r.status, 400, "%s: %d %s", members, r.status, r.body);
	cr_expect_eq(kit_json_length(r.body, "errors"), 1, "%s", r.body);
	cr_expect_str_eq(kit_json_text(r.body, "errors.0.pointer"), pointer, "%s", r.body);
}

#define PERIOD "\"startsAt\":\"2026-01-02T00:00:00Z\",\"endsAt\":\"2026-02-02T00:00:00Z\""

Test(coupon, terms_that_make_no_sense_are_refused_by_name)
{
	const char *before = shop_digest(k);

	kit_as_operator(k);
	bad_coupon("\"kind\":\"percent\",\"value\":101," PERIOD, "/value");
	bad_coupon("\"kind\":\"percent\",\"value\":0," PERIOD, "/value");
	bad_coupon("\"kind\":\"half\",\"value\":1," PERIOD, "/kind");
	bad_coupon("\"kind\":\"fixed\",\"value\":1,\"categoryId\":\"toys\"," PERIOD, "/categoryId");
	bad_coupon("\"kind\":\"fixed\",\"value\":1,\"totalCap\":0," PERIOD, "/totalCap");
	bad_coupon("\"kind\":\"fixed\",\"value\":1,\"startsAt\":\"2026-01-02T00:00:00Z\",\"endsAt\":\"2026-01-02T09:00:00+09:00\"",
	    "/endsAt");
	bad_coupon("\"kind\":\"fixed\",\"value\":1,\"startsAt\":\"yesterday\",\"endsAt\":\"2026-01-02T09:00:00Z\"",
	    "/startsAt");
	cr_assert_str_eq(shop_digest(k), before);
}

Test(coupon, only_operators_define_coupons_and_products)
{
	struct shopper s = shopper_with(k, 0);

	kit_as_user(k, s.user, s.company, UINT64_MAX);
	refused(kit_call(k, "POST /api/coupons", "{\"name\":\"c\",\"kind\":\"fixed\",\"value\":1," PERIOD "}"), 403,
	    "http.forbidden");
	cr_assert_eq(kit_call(k, "POST /api/products", "{}").status, 403);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM coupon"), "0");
}
