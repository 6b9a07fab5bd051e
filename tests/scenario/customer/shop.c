/* Step 3: what the seller offers and the customer claims. */
#include "tests/scenario/customer/customer.h"
#include <string.h>
#include "common/core/clock.h"

void
seller_enter(struct play *p)
{
	const char *made = suite_run_told(p->suite, NULL, kit_print("%s\n", p->seller.password), "auth", "operator", "add",
	    p->seller.phone, p->seller.email, p->seller.name);

	p->seller.id = made;
	kit_sure(strlen(made) == strlen("01926f00-0000-7000-8000-000000000001\n"));
	log_in(p, &p->seller);
	told(p, "3 shop: dure-auth operator add, log-in of the seller");
}

static const char *
coupon_json(void)
{
	char from[TIME_CHARS + 1], until[TIME_CHARS + 1];
	const int64_t day_us = INT64_C(86400) * 1000000;

	time_print(clock_real_us() - day_us, from);
	time_print(clock_real_us() + 30 * day_us, until);
	return kit_print("{\"name\":\"첫 주문 할인\",\"kind\":\"percent\",\"value\":%d,\"startsAt\":\"%s\",\"endsAt\":\"%s\"}",
	    PERCENT, from, until);
}

/* Staff cannot sell, an operator cannot buy. */
static void
check_kinds(struct play *p, const char *product)
{
	want_problem(403, "http.forbidden", ask(p, "POST", "/api/products", product, as(&p->buyer), key(p, "x")));
	want_problem(403, "http.forbidden", ask(p, "POST", "/api/coupons", coupon_json(), as(&p->buyer),
	    key(p, "x")));
	want_problem(403, "http.forbidden", ask(p, "GET", "/api/messages", NULL, as(&p->buyer)));
	want_problem(403, "http.forbidden", ask(p, "GET", "/api/points", NULL, as(&p->seller)));
	want_problem(403, "http.forbidden", ask(p, "GET", "/api/wallet", NULL, as(&p->seller)));
	want_problem(403, "http.forbidden", ask(p, "POST", "/api/payments", "{\"amountKrw\":1000}",
	    as(&p->seller), key(p, "x")));
	want_problem(403, "http.forbidden", ask(p, "POST", "/api/orders", "{}", as(&p->seller), key(p, "x")));
}

void
seller_offer(struct play *p)
{
	const char *product = kit_print("{\"name\":\"두레 머그컵 %d\",\"priceKrw\":%d,\"stock\":%d,"
	    "\"categoryId\":\"" GOODS "\"}", p->number, PRICE_KRW, STOCK);
	struct kit_reply r;

	check_kinds(p, product);
	timing(p);
	r = want(201, ask(p, "POST", "/api/products", product, as(&p->seller), key(p, "product")));
	told(p, "3 shop: POST /api/products");
	p->product = text_in(r, "id");
	kit_sure(kit_json_i64(r.body, "stock") == STOCK);
	r = want(201, ask(p, "POST", "/api/coupons", coupon_json(), as(&p->seller), key(p, "coupon")));
	told(p, "3 shop: POST /api/coupons");
	p->coupon = text_in(r, "id");
}

void
coupon_claim(struct play *p)
{
	const char *path = kit_print("/api/coupons/%s/registrations", p->coupon);
	struct kit_reply r;

	timing(p);
	r = ask(p, "POST", path, NULL, as(&p->buyer));
	told(p, "3 shop: POST /api/coupons/{id}/registrations, the customer claims it");
	if (p->deaths == 0 || r.status != 409)
		want(201, r);
	r = want(200, ask(p, "GET", "/api/registered-coupons", NULL, as(&p->buyer)));
	kit_sure(kit_json_length(r.body, "items") == 1 && strcmp(text_in(r, "items.0.status"), "usable") == 0);
	p->registered = text_in(r, "items.0.id");
	want(409, ask(p, "POST", path, NULL, as(&p->buyer)));
	want_problem(403, "http.forbidden", ask(p, "POST", path, NULL, as(&p->seller)));
}
