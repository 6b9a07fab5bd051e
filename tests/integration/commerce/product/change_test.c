/* PATCH and DELETE of a product, and what its ETag says. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/audit/audit_events.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

enum { WRITERS = 20 };

static struct kit *k;
static const char *mug, *path;

static void
begin(void)
{
	k = shop_open();
	kit_event_ignore(k, "");
	mug = product_of(k, 1000, 10, "products");
	path = kit_print("/api/products/%s", mug);
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(product_change, .init = begin, .fini = end, .timeout = 120);

static struct kit_reply
change(const char *body, const char *etag)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("PATCH %s", path), body, kit_print("If-Match: %s", etag));
}

static struct kit_reply
get(void)
{
	return kit_call(k, kit_print("GET %s", path), NULL);
}

Test(product_change, what_is_given_replaces_what_was_and_is_told)
{
	const struct product_changed_v1 *ev;
	struct kit_reply r = get();

	(void)kit_event(k, &product_created_v1_event);
	r = change("{\"name\":\"큰 머그컵\",\"description\":\"새로\"}", kit_header(&r, "ETag"));
	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_assert_str_eq(get().body, r.body);
	cr_assert_eq(kit_json_i64(r.body, "priceKrw"), 1000);
	r = change(kit_print("{\"priceKrw\":2000,\"categoryId\":\"%s\",\"description\":\"\"}", category_of(k, "grocery")),
	    kit_header(&r, "ETag"));
	cr_assert_eq(kit_json_i64(r.body, "version"), 3);
	cr_assert_str_eq(kit_json_text(r.body, "name"), "큰 머그컵");
	cr_assert_null(kit_json_text(r.body, "description"));
	(void)kit_event(k, &product_changed_v1_event);
	ev = kit_event(k, &product_changed_v1_event);
	cr_assert(ev->price_krw == 2000 && ev->version == 3 && text_is(ev->name, "큰 머그컵"));
	cr_assert_str_eq(id_text(ev->category_id), category_of(k, "grocery"));
}

Test(product_change, without_the_version_428_with_an_old_one_412)
{
	const char *before = shop_digest(k);

	kit_as_operator(k);
	cr_assert_eq(kit_call(k, kit_print("PATCH %s", path), "{}").status, 428);
	cr_assert_str_eq(change("{\"name\":\"a\"}", "\"v2.a\"").slug, "product.stale");
	cr_assert_eq(change("{\"name\":\"\"}", "\"v1\"").status, 400);
	cr_assert_eq(change("{\"stock\":5}", "\"v1\"").status, 400);
	cr_assert_str_eq(change(kit_print("{\"categoryId\":\"%s\"}", id_text(uuid_new())), "\"v1\"").slug,
	    "product.category_unknown");
	kit_as_user(k, uuid_new(), uuid_new(), UINT64_MAX);
	cr_assert_eq(kit_call(k, kit_print("PATCH %s", path), "{\"name\":\"a\"}", "If-Match: \"v1\"").status, 403);
	cr_assert_eq(kit_call(k, kit_print("DELETE %s", path), NULL).status, 403);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(product_change, a_sale_changes_what_is_read_but_not_what_is_written)
{
	struct shopper s = shopper_with(k, 1000);
	struct kit_reply first = get(), r;
	const char *etag = kit_header(&first, "ETag"), *seen = kit_print("If-None-Match: %s", etag);

	cr_assert_eq(kit_call(k, kit_print("GET %s", path), NULL, seen).status, 304);
	cr_assert_eq(order_by(k, &s, line(mug, 1), NULL).status, 201);
	r = kit_call(k, kit_print("GET %s", path), NULL, seen);
	cr_assert_eq(r.status, 200);
	cr_assert_eq(kit_json_i64(r.body, "stock"), 9);
	cr_assert_eq(change("{\"name\":\"a\"}", etag).status, 200);
}

Test(product_change, a_deleted_one_is_gone_for_users_and_shown_to_operators)
{
	struct shopper s = shopper_with(k, 1000);
	struct kit_reply r;

	kit_as_operator(k);
	cr_assert_eq(kit_call(k, kit_print("DELETE %s", path), NULL).status, 204);
	cr_assert_eq(kit_call(k, kit_print("DELETE %s", path), NULL).status, 404);
	r = get();
	cr_assert_eq(r.status, 200);
	cr_assert_not_null(kit_json_text(r.body, "deletedAt"));
	cr_assert_eq(change("{\"name\":\"a\"}", "\"v2\"").status, 404);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/products", NULL).body, "items"), 0);
	cr_assert_str_eq(kit_json_text(kit_call(k, "GET /api/products?deleted=true", NULL).body, "items.0.id"), mug);
	cr_assert_str_eq(order_by(k, &s, line(mug, 1), NULL).slug, "order.product_unknown");
	cr_assert_eq(get().status, 404);
	cr_assert_eq(kit_call(k, "GET /api/products?deleted=true", NULL).status, 403);
}

static void
change_part(void *arg, int i)
{
	struct kit_reply *replies = arg;

	replies[i] = change(kit_print("{\"priceKrw\":%d}", i), "\"v1\"");
}

Test(product_change, of_twenty_who_read_the_same_version_one_writes)
{
	static struct kit_reply replies[WRITERS];

	crowd(WRITERS, change_part, replies);
	cr_assert_eq(count_replies(replies, WRITERS, 200, NULL), 1);
	cr_assert_eq(count_replies(replies, WRITERS, 412, "product.stale"), WRITERS - 1);
}

/* The next entry of the audit log that the shop tells of. */
static const struct audit_recorded_v1 *
entry(const char *action)
{
	const struct audit_recorded_v1 *ev = kit_event(k, &commerce_audit_recorded_v1_event);

	cr_assert(text_is(ev->action, action), "%.*s", TEXT_ARG(ev->action));
	cr_assert(text_is(ev->actor_type, "operator") && ev->has_actor_id && !ev->has_company_id);
	cr_assert_str_eq(id_text(ev->subject_id), mug);
	return ev;
}

Test(product_change, the_audit_log_hears_what_was_and_what_is)
{
	struct kit_reply r = get();
	const struct audit_recorded_v1 *ev = entry("product.created");

	cr_assert_not(ev->has_before);
	(void)kit_event(k, &product_created_v1_event);
	cr_assert_eq(change("{\"priceKrw\":900}", kit_header(&r, "ETag")).status, 200);
	cr_assert_eq(change("{\"priceKrw\":800}", kit_header(&r, "ETag")).status, 412);
	ev = entry("product.changed");
	cr_assert_not_null(strstr(kit_print("%.*s", TEXT_ARG(ev->before)), "{\"priceKrw\":1000,\"version\":1,"));
	cr_assert_not_null(strstr(kit_print("%.*s", TEXT_ARG(ev->after)), "{\"priceKrw\":900,\"version\":2,"));
	(void)kit_event(k, &product_changed_v1_event);
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, kit_print("DELETE %s", path), NULL).status, 204);
	ev = entry("product.deleted");
	cr_assert_not_null(strstr(kit_print("%.*s", TEXT_ARG(ev->before)), ",\"priceKrw\":900}"));
	cr_assert_not(ev->has_after);
	(void)kit_event(k, &product_deleted_v1_event);
	cr_assert(kit_no_event(k));
}
