/* Products: made with their stock, found, and paged while others are being made. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "tests/integration/commerce/shop.h"

enum { THERE = 500, MORE = 100, PAGE = 20 };

static struct kit *k;

static void
begin(void)
{
	k = shop_open();
	kit_as_operator(k);
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(product, .init = begin, .fini = end, .timeout = 120);

Test(product, a_product_is_answered_as_it_was_made_and_its_stock_is_a_receipt)
{
	struct kit_reply made = kit_call(k, "POST /api/products", kit_print("{\"name\":\"두레 머그컵\",\"priceKrw\":18000,"
	    "\"stock\":12,\"categoryId\":\"%s\",\"description\":\"한 줄\\n두 줄\"}", category_of(k, "products")));
	const char *id = kit_json_text(made.body, "id");

	cr_assert_eq(made.status, 201, "%s", made.body);
	cr_assert_str_eq(kit_json_text(made.body, "status"), "available");
	cr_assert_str_eq(kit_call(k, kit_print("GET /api/products/%s", id), NULL).body, made.body);
	cr_assert_str_eq(kit_sql(k, "SELECT kind, delta, source_id FROM stock_movement"), kit_print("receipt|12|%s", id));
}

Test(product, an_empty_one_has_no_movement_and_is_out_of_stock)
{
	const char *id = product_of(k, 0, 0, "grocery");

	cr_assert_str_eq(kit_json_text(kit_call(k, kit_print("GET /api/products/%s", id), NULL).body, "status"), "out-of-stock");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM stock_movement"), "0");
}

Test(product, every_wrong_field_is_named)
{
	const char *before = shop_digest(k);
	struct kit_reply r = kit_call(k, "POST /api/products",
	    "{\"name\":\"\",\"priceKrw\":-1,\"stock\":1000000001,\"categoryId\":\"toys\"}");

	cr_assert_eq(r.status, 400);
	cr_assert_eq(kit_json_length(r.body, "errors"), 4, "%s", r.body);
	cr_assert_eq(kit_call(k, "POST /api/products",
	    "{\"name\":\"a\",\"priceKrw\":1e3,\"stock\":true,\"categoryId\":7}").status, 400);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(product, one_that_is_gone_is_neither_read_nor_listed)
{
	const char *gone = product_of(k, 1000, 5, "products");

	cr_assert_eq(kit_call(k, kit_print("DELETE /api/products/%s", gone), NULL).status, 204);
	kit_as_user(k, uuid_new(), uuid_new(), 0);
	cr_assert_str_eq(kit_call(k, kit_print("GET /api/products/%s", gone), NULL).slug, "product.not_found");
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/products", NULL).body, "items"), 0);
}

Test(product, a_category_lists_its_own)
{
	const char *rice = product_of(k, 1000, 5, "grocery");
	struct kit_reply r;

	product_of(k, 1000, 5, "clothing");
	r = kit_call(k, kit_print("GET /api/products?categoryId=%s", category_of(k, "grocery")), NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 1);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.id"), rice);
	cr_assert_eq(kit_call(k, "GET /api/products?categoryId=toys", NULL).status, 400);
}

Test(product, what_no_page_gave_is_no_cursor)
{
	static const char *const forged[] = { "x", "AAAA", "%00", "../../etc", "AAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAA=A",
		"01926f00-0000-7000-8000-000000000001" };

	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		struct kit_reply r = kit_call(k, kit_print("GET /api/products?cursor=%s", forged[i]), NULL);

		cr_expect_eq(r.status, 400, "%s: %d %s", forged[i], r.status, r.body);
	}
	cr_assert_eq(kit_call(k, "GET /api/products?cursor=", NULL).status, 400);
	cr_assert_eq(kit_call(k, "GET /api/products?limit=0", NULL).status, 400);
	cr_assert_eq(kit_call(k, "GET /api/products?limit=101", NULL).status, 400);
	cr_assert_eq(kit_call(k, "GET /api/products?offset=3", NULL).status, 400);
}

/* ---- paging under inserts */

static void *
insert_more(void *arg)
{
	atomic_int *pages = arg;

	kit_as_operator(k);
	for (int i = 0; i < MORE; i++) {
		int at = i / 5;

		product_of(k, 7, 1, "grocery");
		if (i % 5 == 4)
			kit_until(20000, atomic_load(pages) > at);
	}
	return NULL;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Reads all pages, telling how many it has read. */
static size_t
read_pages(const char **ids, size_t room, atomic_int *pages)
{
	const char *cursor = NULL;
	size_t n = 0;

	do {
		struct kit_reply r = kit_call(k, cursor == NULL ? kit_print("GET /api/products?limit=%d", PAGE)
		    : kit_print("GET /api/products?limit=%d&cursor=%s", PAGE, cursor), NULL);

		cr_assert_eq(r.status, 200, "%s", r.body);
		for (size_t i = 0; i < kit_json_length(r.body, "items") && n < room; i++)
			ids[n++] = kit_json_text(r.body, kit_print("items.%zu.id", i));
		cursor = kit_json_text(r.body, "nextCursor");
		atomic_fetch_add(pages, 1);
	} while (strcmp(cursor, "null") != 0);
	return n;
}

/* How many of the ids stand in the text. */
static int
n_in(const char *text, const char *const *ids, size_t n)
{
	int found = 0;

	for (size_t i = 0; i < n; i++)
		found += strstr(text, ids[i]) != NULL;
	return found;
}

Test(product, five_hundred_are_paged_without_a_gap_or_a_double_while_a_hundred_are_inserted)
{
	static const char *ids[THERE + MORE];
	static atomic_int pages;
	pthread_t inserter;
	const char *old;
	size_t n;

	for (int i = 0; i < THERE; i++)
		product_of(k, 5, 1, "products");
	cr_assert_eq(pthread_create(&inserter, NULL, insert_more, &pages), 0);
	n = read_pages(ids, THERE + MORE, &pages);
	atomic_store(&pages, MORE);
	pthread_join(inserter, NULL);
	old = kit_sql(k, "SELECT id FROM product WHERE price_krw = 5");
	cr_assert_eq(n_in(old, ids, n), THERE);
	qsort(ids, n, sizeof(ids[0]), by_text);
	for (size_t i = 1; i < n; i++)
		cr_assert_str_neq(ids[i - 1], ids[i]);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM product"), "600");
}
