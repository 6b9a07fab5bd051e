/* Coupons from an operator, by a code, and several of one: never past a cap, and each refusal says why. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

enum { CROWD = 100, MANY = 1000 };
#define TEN_PERCENT "\"kind\":\"percent\",\"value\":10"

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

TestSuite(coupon_issue, .init = begin, .fini = end, .timeout = 120);

static void
refused(struct kit_reply r, int status, const char *slug)
{
	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect_str_eq(r.slug, slug, "%s", r.body);
}

/* ids: of users, in quotes, with commas between. */
static struct kit_reply
issue(const char *coupon, const char *ids)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("POST /api/coupons/%s/issues", coupon), kit_print("{\"userIds\":[%s]}", ids));
}

static const char *
quoted(struct uuid id)
{
	return kit_print("\"%s\"", id_text(id));
}

/* ---- issued */

Test(coupon_issue, one_gets_it_and_hears_of_it)
{
	const char *coupon = coupon_of(k, TEN_PERCENT ",\"claim\":\"operator\",\"validDays\":3");
	struct shopper s = shopper_with(k, 0);
	const struct coupon_registered_v1 *ev;
	struct kit_reply r;

	(void)kit_event(k, &coupon_changed_v1_event);
	r = issue(coupon, quoted(s.user));
	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_eq(kit_json_length(r.body, "refused"), 0);
	cr_assert_str_eq(kit_json_text(r.body, "issued.0.userId"), id_text(s.user));
	ev = kit_event(k, &coupon_registered_v1_event);
	cr_assert(uuid_eq(ev->user_id, s.user) && uuid_eq(ev->company_id, s.company) && text_is(ev->claim, "operator"));
	cr_assert_str_eq(id_text(ev->registered_coupon_id), kit_json_text(r.body, "issued.0.registeredCouponId"));
	cr_assert_str_eq(kit_sql(k, "SELECT tenant, key FROM outbox WHERE type = 'coupon.registered'"),
	    kit_print("%s|%s", id_text(s.company), id_text(s.user)));
	cr_assert_str_eq(kit_sql(k, "SELECT valid_until - registered_at FROM registered_coupon"), "3 days");
}

Test(coupon_issue, who_does_not_get_it_is_told_why)
{
	const char *coupon = coupon_of(k, TEN_PERCENT ",\"totalCap\":3");
	struct shopper a = shopper_with(k, 0), b = shopper_with(k, 0), c = shopper_with(k, 0), d = shopper_with(k, 0);
	struct kit_reply r;

	claimed_by(k, &a, coupon);
	r = issue(coupon, kit_print("%s,%s,%s,%s,%s,%s", quoted(a.user), quoted(b.user), quoted(b.user), quoted(uuid_new()),
	    quoted(c.user), quoted(d.user)));
	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_eq(kit_json_length(r.body, "issued"), 2);
	cr_assert_str_eq(kit_json_text(r.body, "issued.1.userId"), id_text(c.user));
	cr_assert_eq(kit_json_length(r.body, "refused"), 4);
	cr_assert_str_eq(kit_json_text(r.body, "refused.0.code"), "per_customer");
	cr_assert_str_eq(kit_json_text(r.body, "refused.1.code"), "per_customer");
	cr_assert_str_eq(kit_json_text(r.body, "refused.2.code"), "unknown_user");
	cr_assert_str_eq(kit_json_text(r.body, "refused.3.code"), "used_up");
	cr_assert_str_eq(kit_json_text(r.body, "refused.3.userId"), id_text(d.user));
}

Test(coupon_issue, a_thousand_get_it_in_one_call_and_a_thousand_and_one_are_too_many)
{
	const char *coupon = coupon_of(k, TEN_PERCENT), *ids;
	struct kit_reply r;

	kit_sql(k, "INSERT INTO point_account SELECT gen_random_uuid(), gen_random_uuid(), 0 FROM generate_series(1, %d)",
	    MANY + 1);
	ids = kit_sql(k, "SELECT string_agg('\"' || user_id || '\"', ',') FROM point_account");
	cr_assert_eq(issue(coupon, ids).status, 400);
	ids = kit_sql(k, "SELECT string_agg('\"' || user_id || '\"', ',') FROM (SELECT user_id FROM point_account LIMIT %d) x",
	    MANY);
	r = issue(coupon, ids);
	cr_assert_eq(r.status, 201);
	cr_assert_eq(kit_json_length(r.body, "issued"), MANY);
	cr_assert_eq(kit_json_length(issue(coupon, ids).body, "refused"), MANY);
	cr_assert_str_eq(kit_sql(k, "SELECT registered FROM coupon"), kit_print("%d", MANY));
}

Test(coupon_issue, what_is_refused_writes_nothing)
{
	const char *coupon = coupon_of(k, TEN_PERCENT ",\"claim\":\"operator\""), *before;
	struct shopper s = shopper_with(k, 0);

	before = shop_digest(k);
	refused(claim_by(k, &s, coupon), 404, "coupon.not_found");
	refused(issue(id_text(uuid_new()), quoted(s.user)), 404, "coupon.not_found");
	cr_expect_eq(issue(coupon, "").status, 400);
	cr_expect_eq(issue(coupon, "\"x\"").status, 400);
	kit_as_user(k, s.user, s.company, UINT64_MAX);
	cr_expect_eq(kit_call(k, kit_print("POST /api/coupons/%s/issues", coupon), "{}").status, 403);
	cr_expect_eq(kit_call(k, kit_print("POST /api/coupons/%s/codes", coupon), "{}").status, 403);
	cr_expect_eq(kit_call(k, kit_print("GET /api/coupons/%s/codes", coupon), NULL).status, 403);
	kit_clock(k, 31 * 24 * 3600);
	refused(issue(coupon, quoted(s.user)), 422, "coupon.expired");
	cr_assert_str_eq(shop_digest(k), before);
}

/* ---- by code */

static const char *
code_for(const char *coupon, const char *members)
{
	struct kit_reply r;

	kit_as_operator(k);
	r = kit_call(k, kit_print("POST /api/coupons/%s/codes", coupon), kit_print("{\"count\":1%s}", members));
	kit_sure(r.status == 201);
	return kit_json_text(r.body, "items.0.code");
}

static struct kit_reply
enter(const struct shopper *s, const char *code)
{
	kit_as_user(k, s->user, s->company, 0);
	return kit_call(k, "POST /api/registered-coupons", kit_print("{\"code\":\"%s\"}", code));
}

Test(coupon_issue, a_code_gives_a_coupon_once_whoever_enters_it)
{
	const char *mug = product_of(k, 1000, 9, "products"), *coupon = coupon_of(k, TEN_PERCENT ",\"claim\":\"code\"");
	const char *code = code_for(coupon, "");
	struct shopper s = shopper_with(k, 5000), late = shopper_with(k, 0);
	struct kit_reply r = enter(&s, kit_print(" %s", code));

	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_eq(order_by(k, &s, line(mug, 1), kit_json_text(r.body, "id")).status, 201);
	refused(enter(&late, code), 422, "coupon.used_up");
	refused(enter(&late, "0000-0000-0000-0000"), 404, "coupon.code_unknown");
	refused(enter(&late, "nonsense"), 404, "coupon.code_unknown");
	refused(claim_by(k, &late, coupon), 404, "coupon.not_found");
	kit_as_operator(k);
	r = kit_call(k, kit_print("GET /api/coupons/%s/codes", coupon), NULL);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.code"), code);
	cr_assert_eq(kit_json_i64(r.body, "items.0.uses"), 1);
}

Test(coupon_issue, a_code_for_many_is_bounded_by_its_uses_and_the_coupons_caps)
{
	const char *coupon = coupon_of(k, TEN_PERCENT ",\"claim\":\"code\",\"totalCap\":3,\"perUserCap\":2");
	const char *code = code_for(coupon, ",\"usesMost\":5");
	struct shopper a = shopper_with(k, 0), b = shopper_with(k, 0);

	cr_assert_eq(enter(&a, code).status, 201);
	cr_assert_eq(enter(&a, code).status, 201);
	refused(enter(&a, code), 409, "coupon.per_customer");
	cr_assert_eq(enter(&b, code).status, 201);
	refused(enter(&b, code), 422, "coupon.used_up");
	cr_assert_str_eq(kit_sql(k, "SELECT uses FROM coupon_code"), "3");
}

Test(coupon_issue, codes_are_made_for_coupons_by_code_only)
{
	const char *open = coupon_of(k, TEN_PERCENT), *path = kit_print("POST /api/coupons/%s/codes", open);

	kit_as_operator(k);
	refused(kit_call(k, path, "{\"count\":1}"), 422, "coupon.not_by_code");
	refused(kit_call(k, kit_print("POST /api/coupons/%s/codes", id_text(uuid_new())), "{\"count\":1}"), 404,
	    "coupon.not_found");
	cr_assert_eq(kit_call(k, path, "{\"count\":0}").status, 400);
	cr_assert_eq(kit_call(k, path, "{\"count\":1001}").status, 400);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM coupon_code"), "0");
}

/* ---- caps at once */

struct rush { struct shopper s[CROWD]; const char *coupon, *code; };

static void
claim_part(void *arg, int i)
{
	const struct rush *r = arg;

	replies[i] = r->code != NULL ? enter(&r->s[i], r->code) : claim_by(k, &r->s[i], r->coupon);
}

Test(coupon_issue, a_hundred_claims_of_one_user_at_once_do_not_pass_a_cap_of_seven)
{
	static struct rush r;

	r.coupon = coupon_of(k, TEN_PERCENT ",\"perUserCap\":7");
	r.s[0] = shopper_with(k, 0);
	for (int i = 1; i < CROWD; i++)
		r.s[i] = r.s[0];
	crowd(CROWD, claim_part, &r);
	cr_assert_eq(count_replies(replies, CROWD, 201, NULL), 7);
	cr_assert_eq(count_replies(replies, CROWD, 409, "coupon.per_customer"), CROWD - 7);
	cr_assert_str_eq(kit_sql(k, "SELECT string_agg(nth::text, ' ' ORDER BY nth) FROM registered_coupon"), "1 2 3 4 5 6 7");
}

Test(coupon_issue, a_hundred_users_of_one_code_at_once_do_not_pass_its_uses)
{
	static struct rush r;

	r.coupon = coupon_of(k, TEN_PERCENT ",\"claim\":\"code\"");
	r.code = code_for(r.coupon, ",\"usesMost\":13");
	for (int i = 0; i < CROWD; i++)
		r.s[i] = shopper_with(k, 0);
	crowd(CROWD, claim_part, &r);
	cr_assert_eq(count_replies(replies, CROWD, 201, NULL), 13);
	cr_assert_eq(count_replies(replies, CROWD, 422, "coupon.used_up"), CROWD - 13);
}

/* Issues with overlapping users beside claims and orders of the same users. */
static void
mixed(void *arg, int i)
{
	const struct rush *r = arg;
	const char *forward = "", *backward = "";

	for (int u = 0; u < 10; u++) {
		forward = kit_print("%s%s%s", forward, u > 0 ? "," : "", quoted(r->s[u].user));
		backward = kit_print("%s%s%s", quoted(r->s[u].user), u > 0 ? "," : "", backward);
	}
	if (i % 3 == 0)
		replies[i] = issue(i % 2 == 0 ? r->coupon : r->code, i % 2 == 0 ? forward : backward);
	else if (i % 3 == 1)
		replies[i] = claim_by(k, &r->s[i % 10], r->coupon);
	else
		replies[i] = order_by(k, &r->s[i % 10], line(kit_sql(k, "SELECT id FROM product"), 1), NULL);
}

Test(coupon_issue, issues_claims_and_orders_at_once_do_not_deadlock)
{
	static struct rush r;

	product_of(k, 1, 1000, "products");
	r.coupon = coupon_of(k, TEN_PERCENT ",\"perUserCap\":1000");
	r.code = coupon_of(k, TEN_PERCENT ",\"perUserCap\":1000");
	for (int i = 0; i < 10; i++)
		r.s[i] = shopper_with(k, 1000);
	crowd(CROWD, mixed, &r);
	cr_assert_eq(count_replies(replies, CROWD, 201, NULL), CROWD);
	cr_assert_str_eq(kit_sql(k, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
}
