/* Steps 5 and 6: the order and the way of its parcel. */
#include "tests/scenario/customer/customer.h"
#include <string.h>

static const char *
order_json(struct play *p, int quantity, const char *coupon, const char *phone)
{
	return kit_print("{\"lines\":[{\"productId\":\"%s\",\"quantity\":%d}],%s\"recipient\":\"%s\",\"phone\":\"%s\","
	    "\"postalCode\":\"04524\",\"address\":\"서울특별시 중구 세종대로 110\",\"addressDetail\":\"1층\"}", p->product, quantity,
	    coupon != NULL ? kit_print("\"registeredCouponId\":\"%s\",", coupon) : "", p->buyer.name, phone);
}

static struct kit_reply
post(struct play *p, const char *json, const char *key_word)
{
	return ask(p, "POST", "/api/orders", json, as(&p->buyer), key(p, key_word));
}

static const char *
orders_of(struct play *p)
{
	return suite_sql(p->suite, "commerce", "SELECT count(*), (SELECT balance_krw FROM point_account WHERE user_id = '%s'), "
	    "(SELECT stock FROM product WHERE id = '%s') FROM orders WHERE user_id = '%s'", p->buyer.id, p->product,
	    p->buyer.id);
}

static void
check_sums(struct play *p, struct kit_reply r)
{
	struct kit_reply product;

	kit_sure(strcmp(text_in(r, "status"), "paid") == 0 && strcmp(text_in(r, "shipping.status"), "ordered") == 0);
	kit_sure(kit_json_i64(r.body, "totalKrw") == TOTAL_KRW && kit_json_i64(r.body, "discountKrw") == DISCOUNT_KRW);
	kit_sure(kit_json_i64(r.body, "paidKrw") == PAID_KRW);
	kit_sure(kit_json_length(r.body, "lines") == 1 && kit_json_i64(r.body, "lines.0.amountKrw") == TOTAL_KRW);
	kit_sure(kit_json_i64(r.body, "lines.0.discountKrw") == DISCOUNT_KRW);
	r = want(200, ask(p, "GET", "/api/points", NULL, as(&p->buyer)));
	kit_sure(kit_json_i64(r.body, "balanceKrw") == CHARGED_KRW - PAID_KRW);
	product = want(200, ask(p, "GET", kit_print("/api/products/%s", p->product), NULL, as(&p->buyer)));
	kit_sure(kit_json_i64(product.body, "stock") == STOCK - QUANTITY);
	r = want(200, ask(p, "GET", "/api/registered-coupons", NULL, as(&p->buyer)));
	kit_sure(strcmp(text_in(r, "items.0.status"), "used") == 0);
}

/* The same key again answers the same and does nothing; with another body it is refused. */
static void
check_repeats(struct play *p, const char *json, struct kit_reply first)
{
	struct kit_reply again = want(201, post(p, json, "order"));
	const char *before = orders_of(p);

	kit_sure(first.length == again.length && memcmp(first.body, again.body, first.length) == 0);
	kit_sure(strcmp(kit_header(&again, "Idempotent-Replayed"), "true") == 0);
	kit_sure(p->deaths > 0 || kit_header(&first, "Idempotent-Replayed")[0] == '\0');
	want_problem(422, "idempotency.other_body", post(p, order_json(p, 1, NULL, p->buyer.phone), "order"));
	want_problem(400, "idempotency.key_missing", ask(p, "POST", "/api/orders", json, as(&p->buyer)));
	kit_sure(strcmp(orders_of(p), before) == 0);
}

static void
check_refusals(struct play *p)
{
	const char *before = orders_of(p);

	want_problem(422, "order.out_of_stock", post(p, order_json(p, STOCK + 1, NULL, p->buyer.phone), "too-many"));
	want_problem(422, "order.points_short", post(p, order_json(p, STOCK, NULL, p->buyer.phone), "too-dear"));
	kit_sure(strcmp(orders_of(p), before) == 0);
}

void
order_place(struct play *p)
{
	struct kit_reply r;

	p->order_json = order_json(p, QUANTITY, p->registered, p->buyer.phone);
	check_refusals(p);
	timing(p);
	r = want(201, post(p, p->order_json, "order"));
	told(p, "5 order: POST /api/orders, price, coupon, points and stock in one transaction");
	hear_alarm(p, ALARM_ORDER, "7 alarms: a socket hears of the order");
	p->order = text_in(r, "id");
	check_sums(p, r);
	check_repeats(p, p->order_json, r);
	want_problem(422, "coupon.used", post(p, p->order_json, "coupon-again"));
}

void
order_place_unreached(struct play *p)
{
	struct kit_reply r;

	timing(p);
	r = want(201, post(p, order_json(p, 1, NULL, p->unreached_phone), "unreached"));
	told(p, "5 order: a second one, to a phone that KakaoTalk does not reach");
	hear_alarm(p, ALARM_ORDER, "7 alarms: a socket hears of the second order");
	p->second_order = text_in(r, "id");
	kit_sure(kit_json_i64(r.body, "paidKrw") == SECOND_KRW);
}

/* ---- shipping */

static struct kit_reply
move(struct play *p, const char *json, const char *if_match)
{
	return ask(p, "PATCH", kit_print("/api/orders/%s/shipping", p->order), json, as(&p->seller), if_match);
}

static struct kit_reply
read_shipping(struct play *p, const struct person *who)
{
	return want(200, ask(p, "GET", kit_print("/api/orders/%s/shipping", p->order), NULL, as(who)));
}

static const char *
if_match(struct play *p)
{
	struct kit_reply r = read_shipping(p, &p->seller);
	const char *etag = kit_header(&r, "ETag");

	kit_sure(*etag == '"');
	return kit_print("If-Match: %s", etag);
}

/* A move whose answer was lost makes its repetition stale. */
static void
want_moved(struct play *p, struct kit_reply r)
{
	if (p->deaths == 0 || r.status != 412)
		want(200, r);
}

void
shipping_prepare(struct play *p)
{
	const char *now = if_match(p), *json = "{\"status\":\"preparing\"}";

	want_problem(428, "http.if_match_missing", move(p, json, NULL));
	want_problem(412, "shipping.stale", move(p, json, "If-Match: \"v99\""));
	want_problem(409, "shipping.cannot_move",
	    move(p, "{\"status\":\"shipped\",\"carrier\":\"CJ대한통운\",\"trackingNumber\":\"123456789012\"}", now));
	want_problem(403, "http.forbidden", ask(p, "PATCH", kit_print("/api/orders/%s/shipping", p->order), json,
	    as(&p->buyer), now));
	timing(p);
	want_moved(p, move(p, json, now));
	told(p, "6 shipping: PATCH /api/orders/{id}/shipping, preparing");
	hear_alarm(p, ALARM_PREPARING, "7 alarms: a socket hears of the preparation");
	want_problem(412, "shipping.stale", move(p, json, now));
	kit_sure(strcmp(text_in(read_shipping(p, &p->buyer), "status"), "preparing") == 0);
}

void
shipping_ship(struct play *p)
{
	const char *now = if_match(p);
	struct kit_reply r = want(400, move(p, "{\"status\":\"shipped\"}", now));

	kit_sure(kit_json_length(r.body, "errors") == 2);
	timing(p);
	want_moved(p, move(p, "{\"status\":\"shipped\",\"carrier\":\"CJ대한통운\",\"trackingNumber\":\"123456789012\"}", now));
	told(p, "6 shipping: PATCH /api/orders/{id}/shipping, shipped");
	hear_alarm(p, ALARM_SHIPPED, "7 alarms: a socket hears that the parcel has left");
	r = read_shipping(p, &p->buyer);
	told(p, "6 shipping: GET /api/orders/{id}/shipping by the customer");
	kit_sure(strcmp(text_in(r, "status"), "shipped") == 0 && strcmp(text_in(r, "carrier"), "CJ대한통운") == 0);
	kit_sure(strcmp(text_in(r, "trackingNumber"), "123456789012") == 0);
}
