/* GET /api/products with orders, filters and words: each page against what the whole list would be. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "tests/integration/commerce/shop.h"

enum { GOODS_N = 1300 };

static struct kit *k;

/* 1,300 products in four categories, ids in the order of making; every eighth is out of stock, every hundredth is a
 * kettle, number 7 alone is a teapot. */
static void
begin(void)
{
	k = shop_open();
	category_below(k, "grocery", "fruit");
	category_below(k, "fruit", "apples");
	kit_sql(k, "INSERT INTO product (id, name, description, price_krw, stock, category_id, version, created_at, updated_at) "
	    "SELECT ('01926f00-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, "
	    "CASE WHEN n = 7 THEN '하얀 찻주전자 Teapot' WHEN n %% 100 = 0 THEN '무쇠 주전자 ' || n ELSE '두레 머그컵 ' || n END, "
	    "CASE WHEN n %% 50 = 0 THEN '식기세척기에 넣어도 되는 물건' END, n * 7919 %% 1000, CASE WHEN n %% 8 = 0 THEN 0 ELSE 3 END, "
	    "c.id, 1, '2026-01-01', '2026-01-01' FROM generate_series(1, %d) n JOIN category c ON c.slug = "
	    "(ARRAY['grocery', 'fruit', 'apples', 'clothing'])[n %% 4 + 1]", GOODS_N);
	kit_sql(k, "INSERT INTO stock_movement SELECT id, id, 'receipt', stock, created_at FROM product WHERE stock > 0");
	kit_as_operator(k);
}

static void
end(void)
{
	kit_close(&k);
}

TestSuite(product_search, .init = begin, .fini = end, .timeout = 120);

/* The ids of all pages of this query, one a line. */
static const char *
all_of(const char *query, int limit)
{
	const char *cursor = "", *ids = "";

	while (strcmp(cursor, "null") != 0) {
		struct kit_reply r = kit_call(k, kit_print("GET /api/products?limit=%d%s%s%s", limit, query,
		    *cursor != '\0' ? "&cursor=" : "", cursor), NULL);

		cr_assert_eq(r.status, 200, "%s", r.body);
		for (size_t i = 0; i < kit_json_length(r.body, "items"); i++)
			ids = kit_print("%s%s%s", ids, *ids != '\0' ? "\n" : "",
			    kit_json_text(r.body, kit_print("items.%zu.id", i)));
		cursor = kit_json_text(r.body, "nextCursor");
	}
	return ids;
}

static void
same_by(int limit, const char *query, const char *where, const char *order)
{
	const char *expected = kit_sql(k, "SELECT p.id FROM product p JOIN category c ON c.id = p.category_id WHERE %s ORDER BY %s",
	    where, order);

	cr_expect_str_eq(all_of(query, limit), expected, "%s by %d", query, limit);
}

static void
same(const char *query, const char *where, const char *order)
{
	same_by(100, query, where, order);
}

#define NEWEST   "p.id DESC"
#define CHEAPEST "p.price_krw, p.id"
#define DEAREST  "p.price_krw DESC, p.id DESC"
#define FRUIT    "(c.slug IN ('fruit', 'apples'))"

Test(product_search, each_order_lists_each_product_once_across_pages)
{
	same("", "true", NEWEST);
	same("&sort=newest", "true", NEWEST);
	same("&sort=cheapest", "true", CHEAPEST);
	same("&sort=dearest", "true", DEAREST);
}

Test(product_search, a_category_means_its_subtree_in_each_order)
{
	const char *fruit = kit_print("&categoryId=%s", category_of(k, "fruit"));

	same(fruit, FRUIT, NEWEST);
	same(kit_print("%s&sort=cheapest", fruit), FRUIT, CHEAPEST);
	same(kit_print("%s&sort=dearest", fruit), FRUIT, DEAREST);
	same(kit_print("&categoryId=%s", category_of(k, "products")), "false", NEWEST);
	same(kit_print("&categoryId=%s", id_text(uuid_new())), "false", NEWEST);
}

Test(product_search, filters_work_in_each_order_and_together)
{
	const char *fruit = kit_print("&categoryId=%s", category_of(k, "fruit"));

	same("&priceMin=200&priceMax=300", "price_krw BETWEEN 200 AND 300", NEWEST);
	same("&priceMin=200&priceMax=300&sort=cheapest", "price_krw BETWEEN 200 AND 300", CHEAPEST);
	same("&priceMin=200&priceMax=300&sort=dearest", "price_krw BETWEEN 200 AND 300", DEAREST);
	same("&inStock=true", "stock > 0", NEWEST);
	same("&inStock=false", "true", NEWEST);
	same(kit_print("%s&inStock=true&priceMin=500&sort=dearest", fruit), FRUIT " AND stock > 0 AND price_krw >= 500", DEAREST);
	same("&priceMin=5&priceMax=4&sort=cheapest", "false", NEWEST);
}

Test(product_search, words_are_found_in_names_and_descriptions_also_as_parts)
{
	same("&q=%EB%A8%B8%EA%B7%B8", "p.name LIKE '%머그%'", NEWEST);                                /* 머그: frequent */
	same("&q=%EC%A3%BC%EC%A0%84%EC%9E%90", "p.name LIKE '%주전자%'", NEWEST);                     /* 주전자, also in 찻주전자 */
	same("&q=teaPOT", "p.name LIKE '%Teapot%'", NEWEST);
	same("&q=%EC%84%B8%EC%B2%99%EA%B8%B0", "description LIKE '%세척기%'", NEWEST);              /* 세척기 */
	same("&q=%EC%84%B8%EC%B2%99%EA%B8%B0+%EC%A3%BC%EC%A0%84%EC%9E%90", "description LIKE '%세척기%' AND p.name LIKE '%주전자%'",
	    NEWEST);
	same("&q=%EB%A8%B8%EA%B7%B8+9", "p.name LIKE '%머그%' AND p.name LIKE '%9%'", NEWEST);
	same("&q=%EC%97%86%EB%8A%94%EB%A7%90", "false", NEWEST);                                    /* 없는말 */
}

Test(product_search, found_ones_are_filtered_and_ordered_as_listed_ones)
{
	const char *fruit = kit_print("&q=%%EB%%A8%%B8%%EA%%B7%%B8&categoryId=%s&inStock=true&priceMax=700",
	    category_of(k, "fruit"));
#define FOUND "p.name LIKE '%머그%' AND " FRUIT " AND stock > 0 AND price_krw <= 700"

	same(fruit, FOUND, NEWEST);
	same(kit_print("%s&sort=cheapest", fruit), FOUND, CHEAPEST);
	same(kit_print("%s&sort=dearest", fruit), FOUND, DEAREST);
}

/* Ten of the thirteen kettles stand among the thousand newest: a page of eleven ends behind them. */
Test(product_search, a_word_that_is_neither_rare_nor_frequent_is_found_in_each_order)
{
	static const char kettle[] = "&q=%EB%AC%B4%EC%87%A0";                                          /* 무쇠 */
#define KETTLE "p.name LIKE '무쇠%'"

	for (int limit = 10; limit <= 12; limit++) {
		same_by(limit, kettle, KETTLE, NEWEST);
		same_by(limit, kit_print("%s&sort=cheapest", kettle), KETTLE, CHEAPEST);
		same_by(limit, kit_print("%s&sort=dearest", kettle), KETTLE, DEAREST);
	}
	same_by(10, kit_print("%s&inStock=true&sort=cheapest", kettle), KETTLE " AND stock > 0", CHEAPEST);
}

Test(product_search, signs_of_patterns_and_of_sql_are_only_signs)
{
	same("&q=%25%25", "false", NEWEST);
	same("&q=__", "false", NEWEST);
	same("&q=%5C%5C", "false", NEWEST);
	same("&q=%EB%A8%B8%25", "false", NEWEST);                                                    /* 머% */
	same("&q=%27%3B+DROP+TABLE+product%3B--", "false", NEWEST);
	cr_assert_eq(kit_call(k, "GET /api/products?q=a", NULL).status, 400);
	cr_assert_eq(kit_call(k, "GET /api/products?sort=random", NULL).status, 400);
	cr_assert_eq(kit_call(k, "GET /api/products?priceMin=-1", NULL).status, 400);
}
