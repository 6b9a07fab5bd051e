/* POST /api/orders with what nobody should send: every wrong field is named and nothing is written. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/integration/commerce/shop.h"

enum { MOST_POINTERS = 8, DEEP = 100000 };

static struct kit *k;
static struct shopper buyer;

static void
begin(void)
{
	k = shop_open();
	buyer = shopper_with(k, 100000);
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(order_input, .init = begin, .fini = end, .timeout = 120);

#define ID      "01926f00-0000-7000-8000-000000000001"
#define LINE    "{\"productId\":\"" ID "\",\"quantity\":1}"
#define LINES   "\"lines\":[" LINE "]"
#define PERSON  "\"recipient\":\"김두레\",\"phone\":\"01000000001\",\"postalCode\":\"04524\""
#define PLACE   "\"address\":\"세종대로 110\""
#define REST    PERSON "," PLACE
#define TEN     "0123456789"
#define FIFTY   TEN TEN TEN TEN TEN

/* body and the pointers of its wrong fields, in any order; none: the body as a whole is refused. */
static const struct { const char *body, *pointers[MOST_POINTERS]; } bad[] = {
	{ "{}", { "/lines", "/recipient", "/phone", "/postalCode", "/address" } },
	{ "{" REST "}", { "/lines" } },
	{ "{\"lines\":[]," REST "}", { "/lines" } },
	{ "{\"lines\":null," REST "}", { "/lines" } },
	{ "{\"lines\":{}," REST "}", { "/lines" } },
	{ "{\"lines\":[1,\"x\",null]," REST "}", { "/lines/0", "/lines/1", "/lines/2" } },
	{ "{\"lines\":[{}]," REST "}", { "/lines/0/productId", "/lines/0/quantity" } },
	{ "{\"lines\":[" LINE ",{\"productId\":\"x\",\"quantity\":0}]," REST "}", { "/lines/1/productId", "/lines/1/quantity" } },
	{ "{\"lines\":[{\"productId\":7,\"quantity\":\"1\"}]," REST "}", { "/lines/0/productId", "/lines/0/quantity" } },
	{ "{\"lines\":[{\"productId\":\"" ID "\",\"quantity\":1.5}]," REST "}", { "/lines/0/quantity" } },
	{ "{\"lines\":[{\"productId\":\"" ID "\",\"quantity\":-1}]," REST "}", { "/lines/0/quantity" } },
	{ "{\"lines\":[{\"productId\":\"" ID "\",\"quantity\":10001}]," REST "}", { "/lines/0/quantity" } },
	{ "{\"lines\":[{\"productId\":\"" ID "\",\"quantity\":4294967297}]," REST "}", { "/lines/0/quantity" } },
	{ "{\"lines\":[{\"productId\":\"" ID "\",\"quantity\":1,\"priceKrw\":1}]," REST "}", { "/lines/0/priceKrw" } },
	{ "{" LINES "," REST ",\"paidKrw\":1}", { "/paidKrw" } },
	{ "{" LINES "," REST ",\"a/b~c\":1}", { "/a~1b~0c" } },
	{ "{" LINES "," REST ",\"registeredCouponId\":\"one\"}", { "/registeredCouponId" } },
	{ "{" LINES "," REST ",\"registeredCouponId\":{}}", { "/registeredCouponId" } },
	{ "{" LINES "," PLACE ",\"recipient\":1,\"phone\":2,\"postalCode\":3}", { "/recipient", "/phone", "/postalCode" } },
	{ "{" LINES "," PLACE ",\"recipient\":\"\",\"phone\":\"12\",\"postalCode\":\"1\"}",
	    { "/recipient", "/phone", "/postalCode" } },
	{ "{" LINES "," PERSON ",\"address\":\"" FIFTY FIFTY FIFTY FIFTY "0\"}", { "/address" } },
	{ "{" LINES "," REST ",\"addressDetail\":\"" FIFTY FIFTY FIFTY FIFTY "0\"}", { "/addressDetail" } },
	{ "{" LINES "," PERSON ",\"address\":\"a\\u0000b\"}", { NULL } },
	{ "{" LINES "," PERSON ",\"address\":\"two\\nlines\"}", { "/address" } },
	{ "{" LINES "," PERSON ",\"address\":\"\\ud800\"}", { NULL } },
	{ "{" LINES "," PERSON ",\"address\":\"\xff\xfe\"}", { NULL } },
	{ "{" LINES "," PERSON ",\"address\":\"\xc0\xaf\"}", { NULL } },
	{ "{" LINES "," PERSON ",\"address\":\"\xed\xa0\x80\"}", { NULL } },
	{ "{" LINES "," REST ",\"address\":\"twice\"}", { NULL } },
	{ "{" LINES "," REST "}{}", { NULL } },
	{ "{" LINES "," REST, { NULL } },
	{ "[]", { NULL } }, { "null", { NULL } }, { "\"order\"", { NULL } }, { "", { NULL } }, { "\xef\xbb\xbf{}", { NULL } },
};

static bool
names(const struct kit_reply *r, const char *pointer)
{
	for (size_t i = 0; i < kit_json_length(r->body, "errors"); i++)
		if (strcmp(kit_json_text(r->body, kit_print("errors.%zu.pointer", i)), pointer) == 0)
			return true;
	return false;
}

/* Of a form's own fault the whole list is known; of a broken text only that it is refused. */
static void
check(size_t at)
{
	struct kit_reply r = kit_call(k, "POST /api/orders", bad[at].body);
	size_t n = 0;

	cr_expect(r.status >= 400 && r.status < 500, "body %zu: %d %s", at, r.status, r.body);
	for (; n < MOST_POINTERS && bad[at].pointers[n] != NULL; n++)
		cr_expect(names(&r, bad[at].pointers[n]), "body %zu: no %s in %s", at, bad[at].pointers[n], r.body);
	if (n > 0)
		cr_expect_eq(kit_json_length(r.body, "errors"), n, "body %zu: %s", at, r.body);
	cr_expect_str_eq(kit_header(&r, "Content-Type"), "application/problem+json");
}

Test(order_input, every_wrong_field_is_named_and_nothing_is_written)
{
	const char *before = shop_digest(k);

	kit_as_user(k, buyer.user, buyer.company, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(i);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(order_input, a_hundred_and_one_lines_are_too_many)
{
	const char *lines = LINE, *before = shop_digest(k);
	struct kit_reply r;

	for (int i = 1; i < 101; i++)
		lines = kit_print("%s," LINE, lines);
	r = order_by(k, &buyer, lines, NULL);
	cr_assert_eq(r.status, 400);
	cr_assert(names(&r, "/lines"), "%s", r.body);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(order_input, a_body_of_a_hundred_thousand_brackets_is_refused)
{
	static char deep[DEEP + 16];
	const char *before = shop_digest(k);

	kit_as_user(k, buyer.user, buyer.company, 0);
	memset(deep, '[', DEEP);
	cr_assert_eq(kit_call(k, "POST /api/orders", deep).status / 100, 4);
	memcpy(deep, "{\"lines\":", 9);
	cr_assert_eq(kit_call(k, "POST /api/orders", deep).status / 100, 4);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(order_input, a_query_or_a_media_type_nobody_documented_is_refused)
{
	const char *body = order_json(LINE, NULL), *before = shop_digest(k);

	kit_as_user(k, buyer.user, buyer.company, 0);
	cr_assert_eq(kit_call(k, "POST /api/orders?dry=true", body).status, 400);
	cr_assert_eq(kit_call(k, "POST /api/orders", body, "Content-Type: text/plain").status, 415);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(order_input, texts_in_sql_are_only_texts)
{
	const char *mug = product_of(k, 1000, 5, "products");
	const char *body = kit_print("{\"lines\":[%s]," PERSON ","
	    "\"address\":\"'; DROP TABLE orders; -- \\\\ \\\" 😀\"}", line(mug, 1));
	struct kit_reply r;

	kit_as_user(k, buyer.user, buyer.company, 0);
	r = kit_call(k, "POST /api/orders", body);
	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_str_eq(kit_sql(k, "SELECT address FROM shipping"), "'; DROP TABLE orders; -- \\ \" 😀");
}
