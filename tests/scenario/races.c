/* Many at once want what is there once: units, points, a coupon, a key, a token. Each is given exactly as often as it
 * is there, and nobody pays for what he did not get. */
#include <criterion/criterion.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

enum { BUYERS = 200, UNITS = 10, PARALLEL = 100, REFRESHES = 20, PIECE_KRW = 1000, ENOUGH = 10 };

/* One shop, what its customers ask for and what they are told. */
struct rush {
	struct suite *suite;
	struct play  *plays[BUYERS];
	const char   *product, *json, *key;      /* key NULL: each request has its own */
	struct kit_reply replies[BUYERS];
};

/* ---- the shop */

static const char *
offer(struct play *seller, const char *word, int64_t stock)
{
	return text_in(want(201, kit_http(seller->suite, "POST", "/api/products", kit_print("{\"name\":\"두레 공책 %s\","
	    "\"priceKrw\":%d,\"stock\":%lld,\"categoryId\":\"" GOODS "\"}", word, PIECE_KRW, (long long)stock), as(&seller->seller),
	    key(seller, word))), "id");
}

static const char *
order_of(const char *product, const char *coupon)
{
	return kit_print("{\"lines\":[{\"productId\":\"%s\",\"quantity\":1}],%s\"recipient\":\"김두레\",\"phone\":\"01020000000\","
	    "\"postalCode\":\"04524\",\"address\":\"세종대로 110\"}", product,
	    coupon != NULL ? kit_print("\"registeredCouponId\":\"%s\",", coupon) : "");
}

static int64_t
balance(struct play *p)
{
	return kit_json_i64(want(200, kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer))).body, "balanceKrw");
}

static void
fill_up(struct play *p, int64_t amount_krw, const char *word)
{
	int64_t before = balance(p);

	charge(p, amount_krw, word);
	kit_until(PATIENCE * PROMISED_MS, balance(p) == before + amount_krw);
}

/* A good client comes again when it is told to. */
static struct kit_reply
insist(struct play *p, const char *json, const char *key_line)
{
	int64_t deadline = kit_deadline(PATIENCE * PROMISED_MS);
	struct kit_reply r;

	do
		r = kit_http(p->suite, "POST", "/api/orders", json, as(&p->buyer), key_line);
	while ((r.status == 503 || strcmp(r.slug, "idempotency.running") == 0) && kit_goes_on(deadline));
	return r;
}

static size_t
count(const struct rush *r, size_t n, int status, const char *slug)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += r->replies[i].status == status && strcmp(r->replies[i].slug, slug) == 0;
	return found;
}

static const char *
acked(const struct rush *r, size_t n)
{
	const char *ids = "";

	for (size_t i = 0; i < n; i++)
		if (r->replies[i].status == 201)
			ids = kit_print("%s%s\n", ids, text_in(r->replies[i], "id"));
	return ids;
}

/* ---- the last units */

static void
come_with_money(size_t i, void *arg)
{
	struct rush *r = arg;

	play_enter(r->plays[i]);
	fill_up(r->plays[i], PIECE_KRW, "charge");
}

static void
buy_one(size_t i, void *arg)
{
	struct rush *r = arg;

	r->replies[i] = insist(r->plays[i], r->json, key(r->plays[i], "order"));
}

Test(races, two_hundred_buyers_of_ten_units_buy_ten, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct rush r = { .suite = s };

	for (int i = 0; i < BUYERS; i++)
		r.plays[i] = play_new(s, i);
	seller_enter(r.plays[0]);
	r.product = offer(r.plays[0], "product", UNITS);
	r.json = order_of(r.product, NULL);
	errands(BUYERS, come_with_money, &r);
	crowd(BUYERS, buy_one, &r);
	cr_expect_eq(count(&r, BUYERS, 201, ""), UNITS);
	cr_expect_eq(count(&r, BUYERS, 422, "order.out_of_stock"), BUYERS - UNITS);
	cr_expect_str_eq(suite_sql(s, "commerce", "SELECT stock, (SELECT count(*) FROM orders), (SELECT sum(balance_krw) "
	    "FROM point_account) FROM product WHERE id = '%s'", r.product),
	    kit_print("0|%d|%d", UNITS, (BUYERS - UNITS) * PIECE_KRW));
	suite_check_acked(s, acked(&r, BUYERS));
	for (int i = 0; i < BUYERS; i++)
		play_close(&r.plays[i]);
	suite_close(&s);
}

/* ---- one buyer, a hundred times at once */

static void
buy_again(size_t i, void *arg)
{
	struct rush *r = arg;
	struct play *p = r->plays[0];

	r->replies[i] = insist(p, r->json, r->key != NULL ? key(p, r->key) : key(p, kit_print("%s-%zu", r->product, i)));
}

static void
one_balance(struct rush *r)
{
	struct play *p = r->plays[0];

	r->product = offer(p, "balance", PARALLEL);
	r->json = order_of(r->product, NULL);
	fill_up(p, ENOUGH * PIECE_KRW, "charge");
	crowd(PARALLEL, buy_again, r);
	cr_expect_eq(count(r, PARALLEL, 201, ""), ENOUGH);
	cr_expect_eq(count(r, PARALLEL, 422, "order.points_short"), PARALLEL - ENOUGH);
	cr_expect_eq(balance(p), 0);
	suite_check_acked(r->suite, acked(r, PARALLEL));
}

static void
one_coupon(struct rush *r)
{
	struct play *p = r->plays[0];

	seller_offer(p);
	coupon_claim(p);
	r->product = offer(p, "coupon-product", PARALLEL);
	r->json = order_of(r->product, p->registered);
	fill_up(p, PARALLEL * PIECE_KRW, "charge-more");
	crowd(PARALLEL, buy_again, r);
	cr_expect_eq(count(r, PARALLEL, 201, ""), 1);
	cr_expect_eq(count(r, PARALLEL, 422, "coupon.used"), PARALLEL - 1);
	cr_expect_eq(balance(p), PARALLEL * PIECE_KRW - PIECE_KRW + PIECE_KRW * PERCENT / 100);
	suite_check_acked(r->suite, acked(r, PARALLEL));
}

static void
one_key(struct rush *r)
{
	struct play *p = r->plays[0];
	int64_t before = balance(p);

	r->product = offer(p, "key", PARALLEL);
	r->json = order_of(r->product, NULL);
	r->key = "the-one";
	crowd(PARALLEL, buy_again, r);
	cr_expect_eq(count(r, PARALLEL, 201, ""), PARALLEL);
	for (int i = 1; i < PARALLEL; i++)
		cr_expect_str_eq(r->replies[i].body, r->replies[0].body);
	cr_expect_eq(balance(p), before - PIECE_KRW);
	suite_check_acked(r->suite, kit_print("%s\n", text_in(r->replies[0], "id")));
}

static void
refresh(size_t i, void *arg)
{
	struct rush *r = arg;

	r->replies[i] = kit_http(r->suite, "POST", "/api/sessions/refresh", kit_print("{\"refreshToken\":\"%s\"}",
	    r->plays[0]->buyer.refresh));
}

static void
one_token(struct rush *r)
{
	const char *successor;

	crowd(REFRESHES, refresh, r);
	cr_expect_eq(count(r, REFRESHES, 200, ""), REFRESHES);
	successor = text_in(r->replies[0], "refreshToken");
	for (int i = 1; i < REFRESHES; i++)
		cr_expect_str_eq(text_in(r->replies[i], "refreshToken"), successor);
	r->plays[0]->buyer.refresh = successor;
	refresh(0, r);
	cr_expect_eq(r->replies[0].status, 200);
}

Test(races, a_hundred_at_once_spend_one_balance_one_coupon_one_key_and_one_token_once, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);
	struct rush r = { .suite = s, .plays = { p } };

	play_enter(p);
	seller_enter(p);
	one_balance(&r);
	one_coupon(&r);
	one_key(&r);
	one_token(&r);
	play_close(&p);
	suite_close(&s);
}
