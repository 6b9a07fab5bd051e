/* Many orders at the same moment on the same points, stock, coupon, products and key. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "tests/integration/commerce/shop.h"

enum { CROWD = 100, BUYERS = 200, UNITS = 10, COUPON_ORDERS = 50 };

static struct kit *k;
static struct kit_reply replies[BUYERS];

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

TestSuite(order_race, .init = begin, .fini = end, .timeout = 240);

static int
count(int n, int status, const char *slug)
{
	return count_replies(replies, n, status, slug);
}

static void
nothing_else(int n, int expected)
{
	for (int i = 0; i < n && expected != n; i++)
		if (replies[i].status >= 500)
			cr_expect_fail("%d %s", replies[i].status, replies[i].body);
	cr_expect_eq(expected, n, "%d of %d answers are none of the expected", n - expected, n);
}

/* ---- one balance */

struct same { struct shopper s; const char *lines, *registered, *key; };

static void
order_same(void *arg, int i)
{
	const struct same *o = arg;

	replies[i] = order_by(k, &o->s, o->lines, o->registered);
}

Test(order_race, a_hundred_parallel_orders_spend_a_balance_to_the_last_fit)
{
	const char *mug = product_of(k, 3000, 1000, "products");
	struct same o = { .s = shopper_with(k, 100000), .lines = line(mug, 1) };

	crowd(CROWD, order_same, &o);
	cr_assert_eq(count(CROWD, 201, NULL), 33);
	nothing_else(CROWD, 33 + count(CROWD, 422, "order.points_short"));
	cr_assert_eq(balance_of(k, &o.s), 1000);
	cr_assert_str_eq(kit_sql(k, "SELECT stock FROM product"), "967");
}

/* ---- one stock */

struct rush { struct shopper s[BUYERS]; const char *product, *other, *third; };

/* Bundles that share the scarce product, each named in another order: the scarce one first, in the middle, last. */
static const char *
bundle(const struct rush *r, int i)
{
	const char *one = line(r->product, 1), *two = line(r->other, 1), *three = line(r->third, 1);

	if (i % 3 == 0)
		return kit_print("%s,%s", one, two);
	return i % 3 == 1 ? kit_print("%s,%s,%s", two, one, three) : kit_print("%s,%s", three, one);
}

static void
buy_one(void *arg, int i)
{
	const struct rush *r = arg;

	replies[i] = order_by(k, &r->s[i], bundle(r, i), NULL);
}

Test(order_race, two_hundred_buyers_of_bundles_that_share_ten_units_get_ten)
{
	static struct rush r;

	r.product = product_of(k, 1000, UNITS, "products");
	r.other = product_of(k, 0, 1000, "grocery");
	r.third = product_of(k, 0, 1000, "clothing");
	for (int i = 0; i < BUYERS; i++)
		r.s[i] = shopper_with(k, 2000);
	crowd(BUYERS, buy_one, &r);
	cr_assert_eq(count(BUYERS, 201, NULL), UNITS);
	nothing_else(BUYERS, UNITS + count(BUYERS, 422, "order.out_of_stock"));
	cr_assert_str_eq(kit_sql(k, "SELECT stock FROM product WHERE price_krw = 1000"), "0");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), sum(balance_krw) FROM point_account"), "200|390000");
	cr_assert_str_eq(kit_sql(k, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
}

/* ---- one coupon */

Test(order_race, one_coupon_in_fifty_parallel_orders_is_used_once)
{
	const char *mug = product_of(k, 1000, 1000, "products"), *coupon = coupon_of(k, "\"kind\":\"fixed\",\"value\":400");
	struct same o = { .s = shopper_with(k, 100000), .lines = line(mug, 1) };

	o.registered = claimed_by(k, &o.s, coupon);
	crowd(COUPON_ORDERS, order_same, &o);
	cr_assert_eq(count(COUPON_ORDERS, 201, NULL), 1);
	nothing_else(COUPON_ORDERS, 1 + count(COUPON_ORDERS, 422, "coupon.used"));
	cr_assert_eq(balance_of(k, &o.s), 99400);
}

/* ---- crossed products */

struct crossed { struct shopper s[CROWD]; const char *forward, *backward; };

static void
order_crossed(void *arg, int i)
{
	const struct crossed *c = arg;

	for (int turn = 0; turn < 3; turn++) {
		replies[i] = order_by(k, &c->s[i], (i + turn) % 2 == 0 ? c->forward : c->backward, NULL);
		if (replies[i].status != 201)
			return;
	}
}

Test(order_race, carts_in_opposite_order_do_not_meet_in_a_deadlock)
{
	static struct crossed c;
	const char *products[6];

	for (size_t i = 0; i < 6; i++)
		products[i] = product_of(k, 100, 100000, "products");
	c.forward = c.backward = line(products[0], 1);
	for (size_t i = 1; i < 6; i++) {
		c.forward = kit_print("%s,%s", c.forward, line(products[i], 1));
		c.backward = kit_print("%s,%s", line(products[i], 1), c.backward);
	}
	for (int i = 0; i < CROWD; i++)
		c.s[i] = shopper_with(k, 100000);
	crowd(CROWD, order_crossed, &c);
	cr_assert_eq(count(CROWD, 201, NULL), CROWD);
	cr_assert_str_eq(kit_sql(k, "SELECT DISTINCT stock FROM product"), "99700");
	cr_assert_str_eq(kit_sql(k, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
}

/* ---- one key */

static void
order_keyed(void *arg, int i)
{
	const struct same *o = arg;

	kit_as_user(k, o->s.user, o->s.company, 0);
	replies[i] = kit_call(k, "POST /api/orders", o->lines, o->key);
}

static const struct kit_reply *
first_made(void)
{
	for (int i = 0; i < CROWD; i++)
		if (replies[i].status == 201)
			return &replies[i];
	return NULL;
}

Test(order_race, one_key_a_hundred_times_in_parallel_has_one_effect)
{
	const char *mug = product_of(k, 1000, 1000, "products");
	struct same o = { .s = shopper_with(k, 100000), .lines = order_json(line(mug, 1), NULL), .key = "Idempotency-Key: \"k\"" };
	const struct kit_reply *made;
	int fresh = 0;

	crowd(CROWD, order_keyed, &o);
	made = first_made();
	cr_assert_not_null(made);
	for (int i = 0; i < CROWD; i++) {
		bool replayed = strcmp(kit_header(&replies[i], "Idempotent-Replayed"), "true") == 0;

		fresh += replies[i].status == 201 && !replayed;
		cr_expect(replies[i].status == 409 ? strcmp(replies[i].slug, "idempotency.running") == 0
		    : replies[i].status == 201 && replies[i].length == made->length
		    && memcmp(replies[i].body, made->body, made->length) == 0, "%d %s", replies[i].status, replies[i].body);
	}
	cr_assert_eq(fresh, 1);
	order_keyed(&o, 0);
	cr_assert_eq(replies[0].status, 201);
	cr_assert_str_eq(kit_header(&replies[0], "Idempotent-Replayed"), "true");
	cr_assert_eq(balance_of(k, &o.s), 99000);
}

Test(order_race, a_refused_order_leaves_its_key_free)
{
	const char *mug = product_of(k, 1000, 1, "products");
	struct same o = { .s = shopper_with(k, 100000), .lines = order_json(line(mug, 2), NULL), .key = "Idempotency-Key: k" };

	order_keyed(&o, 0);
	cr_assert_str_eq(replies[0].slug, "order.out_of_stock");
	kit_sql(k, "WITH m AS (INSERT INTO stock_movement SELECT id, gen_random_uuid(), 'receipt', 1, created_at FROM product) "
	    "UPDATE product SET stock = 2");
	order_keyed(&o, 0);
	cr_assert_eq(replies[0].status, 201, "%s", replies[0].body);
}

Test(order_race, two_users_may_have_the_same_key)
{
	const char *mug = product_of(k, 1000, 5, "products");
	struct same one = { .s = shopper_with(k, 100000), .lines = order_json(line(mug, 1), NULL), .key = "Idempotency-Key: k" };
	struct same two = { .s = shopper_with(k, 100000), .lines = order_json(line(mug, 2), NULL), .key = one.key };

	order_keyed(&one, 0);
	order_keyed(&two, 1);
	cr_assert(replies[0].status == 201 && replies[1].status == 201);
	cr_assert_eq(balance_of(k, &two.s), 98000);
}
