/* The tree of categories: made, renamed, moved with all below, deleted when empty; never a circle. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "tests/integration/commerce/shop.h"

enum { MOVERS = 16, ROUNDS = 5 };

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

TestSuite(category, .init = begin, .fini = end, .timeout = 120);

static struct kit_reply
change(const char *slug, const char *body)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("PATCH /api/categories/%s", category_of(k, slug)), body, kit_print("If-Match: \"v%s\"",
	    kit_sql(k, "SELECT version FROM category WHERE slug = '%s'", slug)));
}

static struct kit_reply
move_below(const char *slug, const char *parent_slug)
{
	return change(slug, kit_print("{\"parentId\":\"%s\"}", category_of(k, parent_slug)));
}

static struct kit_reply
drop(const char *slug)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("DELETE /api/categories/%s", category_of(k, slug)), NULL);
}

static struct kit_reply
create(const char *body)
{
	kit_as_operator(k);
	return kit_call(k, "POST /api/categories", body);
}

/* "grocery/fruit/apples": the path in slugs. */
static const char *
place_of(const char *slug)
{
	return kit_sql(k, "SELECT string_agg(p.slug, '/' ORDER BY n) FROM category c, unnest(c.path) WITH ORDINALITY u (id, n) "
	    "JOIN category p ON p.id = u.id WHERE c.slug = '%s'", slug);
}

static void
refused(struct kit_reply r, int status, const char *slug)
{
	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect_str_eq(r.slug, slug, "%s", r.body);
}

static void
grow(void)
{
	category_below(k, "grocery", "fruit");
	category_below(k, "fruit", "apples");
	category_below(k, "apples", "red");
}

/* ---- the tree */

Test(category, the_list_is_the_tree_in_its_order)
{
	static const char *const slugs[] = { "grocery", "fruit", "apples", "red", "bread", "clothing", "products" };
	struct kit_reply r;

	grow();
	cr_assert_eq(create(kit_print("{\"name\":\"빵\",\"slug\":\"bread\",\"sort\":5,\"parentId\":\"%s\"}",
	    category_of(k, "grocery"))).status, 201);
	kit_as_user(k, uuid_new(), uuid_new(), 0);
	r = kit_call(k, "GET /api/categories", NULL);
	cr_assert_eq(kit_json_length(r.body, "items"), 7);
	for (size_t i = 0; i < 7; i++)
		cr_expect_str_eq(kit_json_text(r.body, kit_print("items.%zu.slug", i)), slugs[i]);
	cr_assert_eq(kit_json_length(r.body, "items.3.path"), 4);
	cr_assert_str_eq(kit_json_text(r.body, "items.3.path.3"), kit_json_text(r.body, "items.3.id"));
}

Test(category, a_move_takes_all_below_along)
{
	struct kit_reply r;

	grow();
	r = move_below("fruit", "clothing");
	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_assert_str_eq(place_of("red"), "clothing/fruit/apples/red");
	cr_assert_eq(change("apples", "{\"toRoot\":true,\"name\":\"사과\"}").status, 200);
	cr_assert_str_eq(place_of("red"), "apples/red");
	cr_assert_str_eq(place_of("fruit"), "clothing/fruit");
	cr_assert_str_eq(kit_sql(k, "SELECT name, parent_id FROM category WHERE slug = 'apples'"), "사과|");
}

Test(category, a_rename_leaves_the_paths_and_the_versions_below)
{
	grow();
	cr_assert_eq(change("fruit", "{\"name\":\"과일\",\"slug\":\"fresh\",\"sort\":3}").status, 200);
	cr_assert_str_eq(place_of("red"), "grocery/fresh/apples/red");
	cr_assert_str_eq(kit_sql(k, "SELECT name, sort, version FROM category WHERE slug = 'fresh'"), "과일|3|2");
	cr_assert_str_eq(kit_sql(k, "SELECT version FROM category WHERE slug = 'red'"), "1");
}

Test(category, nothing_moves_below_itself)
{
	const char *before;

	grow();
	before = shop_digest(k);
	refused(move_below("fruit", "fruit"), 422, "category.cycle");
	refused(move_below("fruit", "red"), 422, "category.cycle");
	refused(change("fruit", kit_print("{\"parentId\":\"%s\"}", id_text(uuid_new()))), 422, "category.parent_unknown");
	cr_assert_eq(change("fruit", kit_print("{\"toRoot\":true,\"parentId\":\"%s\"}", category_of(k, "clothing"))).status, 400);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(category, the_tree_is_eight_deep_at_most_also_by_a_move)
{
	const char *before;

	grow();
	category_below(k, "red", "d5");
	category_below(k, "d5", "d6");
	category_below(k, "d6", "d7");
	category_below(k, "d7", "d8");
	before = shop_digest(k);
	refused(create(kit_print("{\"name\":\"d9\",\"slug\":\"d9\",\"parentId\":\"%s\"}", category_of(k, "d8"))), 422,
	    "category.too_deep");
	refused(move_below("grocery", "clothing"), 422, "category.too_deep");
	cr_assert_str_eq(shop_digest(k), before);
}

Test(category, a_thousand_are_the_most)
{
	kit_sql(k, "INSERT INTO category SELECT x.id, NULL, 'n', 'n' || n, ARRAY[x.id], 0, 1, '2026-01-01', '2026-01-01' "
	    "FROM generate_series(1, 997) n CROSS JOIN LATERAL (SELECT gen_random_uuid() AS id, n AS of) x");
	refused(create("{\"name\":\"a\",\"slug\":\"a\"}"), 422, "category.too_many");
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/categories", NULL).body, "items"), 1000);
}

Test(category, a_slug_stands_once)
{
	refused(create("{\"name\":\"a\",\"slug\":\"grocery\"}"), 409, "category.slug_taken");
	refused(change("clothing", "{\"slug\":\"grocery\"}"), 409, "category.slug_taken");
	cr_assert_eq(create("{\"name\":\"a\",\"slug\":\"a b\"}").status, 400);
	refused(create(kit_print("{\"name\":\"a\",\"slug\":\"a\",\"parentId\":\"%s\"}", id_text(uuid_new()))), 422,
	    "category.parent_unknown");
}

Test(category, only_an_empty_one_is_deleted)
{
	const char *apple, *id;

	grow();
	apple = product_of(k, 1000, 1, "red");
	refused(drop("fruit"), 409, "category.not_empty");
	refused(drop("red"), 409, "category.not_empty");
	cr_assert_eq(kit_call(k, kit_print("PATCH /api/products/%s", apple), kit_print("{\"categoryId\":\"%s\"}",
	    category_of(k, "grocery")), "If-Match: \"v1\"").status, 200);
	discount_of(k, kit_print("\"kind\":\"percent\",\"value\":10,\"categoryId\":\"%s\"", category_of(k, "apples")));
	id = category_of(k, "red");
	cr_assert_eq(drop("red").status, 204);
	refused(kit_call(k, kit_print("DELETE /api/categories/%s", id), NULL), 404, "category.not_found");
	refused(drop("apples"), 409, "category.not_empty");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM outbox WHERE type = 'category.changed' AND key = '%s'", id), "2");
}

Test(category, a_change_names_the_version_that_was_read)
{
	const char *path = kit_print("/api/categories/%s", category_of(k, "grocery"));
	struct kit_reply r = kit_call(k, kit_print("GET %s", path), NULL);

	cr_assert_str_eq(kit_header(&r, "ETag"), "\"v1\"");
	cr_assert_eq(kit_call(k, kit_print("PATCH %s", path), "{\"sort\":1}").status, 428);
	refused(kit_call(k, kit_print("PATCH %s", path), "{\"sort\":1}", "If-Match: \"v2\""), 412, "category.stale");
}

Test(category, only_operators_write)
{
	const char *path = category_of(k, "grocery"), *before = shop_digest(k);

	kit_as_user(k, uuid_new(), uuid_new(), UINT64_MAX);
	cr_assert_eq(kit_call(k, "POST /api/categories", "{\"name\":\"a\",\"slug\":\"a\"}").status, 403);
	cr_assert_eq(kit_call(k, kit_print("PATCH /api/categories/%s", path), "{}", "If-Match: \"v1\"").status, 403);
	cr_assert_eq(kit_call(k, kit_print("DELETE /api/categories/%s", path), NULL).status, 403);
	cr_assert_str_eq(shop_digest(k), before);
}

/* ---- at once */

/* Half of them move a below b, half b below a: one circle, were they not one after the other. */
static void
move_crossed(void *arg, int i)
{
	struct kit_reply *replies = arg;

	replies[i] = i % 2 == 0 ? move_below("fruit", "clothing") : move_below("clothing", "fruit");
}

Test(category, crossed_moves_close_no_circle)
{
	static struct kit_reply replies[MOVERS];

	grow();
	for (int i = 0; i < ROUNDS; i++) {
		crowd(MOVERS, move_crossed, replies);
		cr_assert_geq(count_replies(replies, MOVERS, 200, NULL), 1);
		cr_assert_eq(count_replies(replies, MOVERS, 200, NULL) + count_replies(replies, MOVERS, 412, NULL) +
		    count_replies(replies, MOVERS, 422, "category.cycle"), MOVERS);
		cr_assert_str_eq(kit_sql(k, "WITH RECURSIVE t AS (SELECT id, ARRAY[id] AS way FROM category WHERE parent_id IS "
		    "NULL UNION ALL SELECT c.id, t.way || c.id FROM t JOIN category c ON c.parent_id = t.id) SELECT count(*) = "
		    "(SELECT count(*) FROM category), bool_and(t.way = c.path) FROM t JOIN category c USING (id)"), "t|t");
		cr_assert_eq(change("clothing", "{\"toRoot\":true}").status, 200);
		cr_assert_eq(move_below("fruit", "grocery").status, 200);
	}
}

static void
fill_or_drop(void *arg, int i)
{
	struct kit_reply *replies = arg;

	kit_as_operator(k);
	replies[i] = i == 0 ? drop("clothing") : kit_call(k, "POST /api/products", kit_print("{\"name\":\"a\",\"priceKrw\":1,"
	    "\"stock\":1,\"categoryId\":\"%s\"}", "01926f00-0000-7000-8000-00000000c002"));
}

Test(category, one_that_is_filled_at_the_same_moment_is_deleted_or_filled)
{
	static struct kit_reply replies[4];
	int made;

	crowd(4, fill_or_drop, replies);
	made = count_replies(replies, 4, 201, NULL);
	cr_assert_eq(replies[0].status, made == 0 ? 204 : 409, "%d made: %s", made, replies[0].body);
	cr_assert_eq(count_replies(replies, 4, 500, NULL), 0);
}
