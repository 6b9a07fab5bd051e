/* Customers who order many small things, for what only a crowd shows. */
#include "tests/scenario/customer/customer.h"

const char *
many_offer(struct suite *s, int piece_krw, int stock)
{
	struct play *p = play_new(s, 999);
	const char *product;

	seller_enter(p);
	product = text_in(want(201, kit_http(s, "POST", "/api/products", kit_print("{\"name\":\"두레 연필\",\"priceKrw\":%d,"
	    "\"stock\":%d,\"categoryId\":\"" GOODS "\"}", piece_krw, stock), as(&p->seller), key(p, "product"))), "id");
	play_close(&p);
	return product;
}

void
many_settle(struct play *p, const char *product, int64_t points_krw)
{
	play_until(p, "log out");
	p->product = product;
	charge(p, points_krw, "charge");
	kit_until(PATIENCE * PROMISED_MS, kit_json_i64(kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)).body,
	    "balanceKrw") == points_krw);
}

const char *
many_place(struct play *p, int n)
{
	return text_in(want(201, ask(p, "POST", "/api/orders", kit_print("{\"lines\":[{\"productId\":\"%s\","
	    "\"quantity\":1}],\"recipient\":\"%s\",\"phone\":\"%s\",\"postalCode\":\"04524\",\"address\":\"세종대로 110\"}",
	    p->product, p->buyer.name, p->buyer.phone), as(&p->buyer), key(p, kit_print("order-%d", n)))), "id");
}
