/* Which orders a list and an export show. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "tests/integration/commerce/shop.h"

enum { DAY_S = 24 * 3600 };

static struct kit *k;
static const char *mug, *older, *newer, *bens;
static struct shopper ann, ben;

/* Two of Ann's, a day apart; the newer one is shipped, Ben's is cancelled. */
static void
begin(void)
{
	k = shop_open();
	mug = product_of(k, 1000, 1000, "products");
	ann = shopper_with(k, 100000);
	ben = shopper_with(k, 100000);
	older = placed_by(k, &ann, line(mug, 1), NULL);
	kit_clock(k, DAY_S);
	newer = placed_by(k, &ann, line(mug, 2), NULL);
	bens = placed_by(k, &ben, line(mug, 3), NULL);
	ship_until(k, newer, "shipped");
	kit_sure(cancel_by(k, &ben, bens).status == 201);
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(order_list, .init = begin, .fini = end, .timeout = 120);

/* The last letters of the ids that the operator's list gives, joined. */
static const char *
listed(const char *query)
{
	const char *all = "";
	struct kit_reply r;

	kit_as_operator(k);
	r = kit_call(k, kit_print("GET /api/orders?%s", query), NULL);
	cr_assert_eq(r.status, 200, "%s: %s", query, r.body);
	for (size_t i = 0; i < kit_json_length(r.body, "items"); i++) {
		const char *id = kit_json_text(r.body, kit_print("items.%zu.id", i));

		all = kit_print("%s%s", all, strcmp(id, older) == 0 ? "o" : strcmp(id, newer) == 0 ? "n" : "b");
	}
	return all;
}

static const char *
time_of(const char *order, int64_t seconds)
{
	return kit_sql(k, "SELECT to_char((created_at + interval '1 second' * %lld) AT TIME ZONE 'UTC',"
	    " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM orders WHERE id = '%s'", (long long)seconds, order);
}

static const char *
number_of(const char *order)
{
	return kit_sql(k, "SELECT order_no FROM orders WHERE id = '%s'", order);
}

Test(order_list, an_operator_filters_by_everything)
{
	cr_expect_str_eq(listed(""), "bno");
	cr_expect_str_eq(listed("status=cancelled"), "b");
	cr_expect_str_eq(listed("status=refunded"), "");
	cr_expect_str_eq(listed("shippingStatus=shipped"), "n");
	cr_expect_str_eq(listed("shippingStatus=ordered&status=paid"), "o");
	cr_expect_str_eq(listed(kit_print("userId=%s", id_text(ann.user))), "no");
	cr_expect_str_eq(listed(kit_print("userId=%s&shippingStatus=shipped", id_text(ann.user))), "n");
	cr_expect_str_eq(listed(kit_print("userId=%s", id_text(uuid_new()))), "");
}

Test(order_list, a_period_holds_its_first_moment_and_not_its_last)
{
	cr_expect_str_eq(listed(kit_print("from=%s", time_of(newer, 0))), "bn");
	cr_expect_str_eq(listed(kit_print("to=%s", time_of(newer, 0))), "o");
	cr_expect_str_eq(listed(kit_print("from=%s&to=%s", time_of(older, 0), time_of(older, 1))), "o");
	cr_expect_str_eq(listed(kit_print("from=%s&to=%s", time_of(older, 1), time_of(older, 0))), "");
	cr_expect_str_eq(listed(kit_print("to=%s&limit=1", time_of(bens, 0))), "n");
}

Test(order_list, an_order_number_is_found_by_its_beginning)
{
	const char *no = number_of(newer);

	cr_expect_str_eq(listed(kit_print("orderNo=%s", no)), "n");
	cr_expect_str_eq(listed(kit_print("orderNo=%.20s", no)), "n");
	cr_expect_str_eq(listed(kit_print("orderNo=%.8s", number_of(older))), "o");
	cr_expect_str_eq(listed(kit_print("orderNo=%.14s_", number_of(older))), "o");
	cr_expect_str_eq(listed(kit_print("orderNo=%.8s&userId=%s", no, id_text(ben.user))), "b");
	cr_expect_str_eq(listed(kit_print("orderNo=%.8s&to=%s", no, time_of(older, 1))), "");
	cr_expect_str_eq(listed("orderNo=20261399"), "");
	cr_expect_str_eq(listed("orderNo=abcdefgh"), "");
}

Test(order_list, pages_go_on_within_the_filter)
{
	struct kit_reply r;
	const char *query = kit_print("userId=%s&limit=1", id_text(ann.user));

	kit_as_operator(k);
	r = kit_call(k, kit_print("GET /api/orders?%s", query), NULL);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.id"), newer);
	cr_assert_str_eq(listed(kit_print("%s&cursor=%s", query, kit_json_text(r.body, "nextCursor"))), "o");
}

Test(order_list, a_buyer_filters_own_orders_only)
{
	kit_as_user(k, ann.user, ann.company, 0);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/orders?shippingStatus=shipped", NULL).body, "items"), 1);
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/orders?status=cancelled", NULL).body, "items"), 0);
	cr_assert_str_eq(kit_call(k, kit_print("GET /api/orders?userId=%s", id_text(ben.user)), NULL).slug, "order.not_yours");
	cr_assert_eq(kit_call(k, "GET /api/orders.csv", NULL).status, 403);
}

Test(order_list, a_filter_that_is_none_is_refused)
{
	static const char *const bad[] = { "status=lost", "shippingStatus=x", "userId=7", "from=yesterday", "orderNo=2026",
		"orderNo=", "orderNo=20260101%25", "state=paid" };

	kit_as_operator(k);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		cr_expect_eq(kit_call(k, kit_print("GET /api/orders?%s", bad[i]), NULL).status, 400, "%s", bad[i]);
		cr_expect_eq(kit_call(k, kit_print("GET /api/orders.csv?%s", bad[i]), NULL).status, 400, "%s", bad[i]);
	}
}

/* ---- export */

static struct kit_reply
exported(const char *query)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("GET /api/orders.csv?%s", query), NULL);
}

static int
lines_of(const char *csv)
{
	int n = 0;

	for (; (csv = strstr(csv, "\r\n")) != NULL; csv += 2)
		n++;
	return n;
}

Test(order_list, an_export_has_a_mark_a_head_and_a_line_for_each)
{
	struct kit_reply r = exported("");

	cr_assert_eq(r.status, 200, "%s", r.body);
	cr_assert_str_eq(kit_header(&r, "Content-Type"), "text/csv; charset=utf-8; header=present");
	cr_assert_str_eq(kit_header(&r, "Content-Disposition"), "attachment; filename=\"orders.csv\"");
	cr_assert_eq(memcmp(r.body, "\xef\xbb\xbforderNo,placedAt,status,", 26), 0);
	cr_assert_eq(lines_of(r.body), 4);
	cr_assert_eq(lines_of(exported("status=cancelled").body), 2);
	cr_assert_eq(lines_of(exported(kit_print("userId=%s", id_text(ann.user))).body), 3);
	cr_assert_eq(lines_of(exported(kit_print("orderNo=%s", number_of(older))).body), 2);
	cr_assert_eq(lines_of(exported(kit_print("to=%s", time_of(older, 0))).body), 1);
}

Test(order_list, an_exported_line_says_what_the_order_is)
{
	const char *want = kit_sql(k, "SELECT '\"' || order_no || '\",\"' || to_char(created_at AT TIME ZONE 'Asia/Seoul',"
	    " 'YYYY-MM-DD HH24:MI:SS') || '\",\"paid\",\"shipped\",\"물건 1000원\",1,2000,0,2000,0,\"김두레\",\"01000000001\","
	    "\"CJ대한통운\",\"123456789012\",\"' || user_id || '\",\"' || id || '\"' FROM orders WHERE id = '%s'", newer);

	cr_assert_not_null(strstr(exported("").body, want), "%s\n%s", want, exported("").body);
}

Test(order_list, no_cell_of_an_export_is_a_formula)
{
	kit_sql(k, "UPDATE shipping SET recipient = '=cmd|''/c calc''!A0'; UPDATE orders SET first_product = '\"@x\"'");
	cr_assert_not_null(strstr(exported("").body, "\"'=cmd|'/c calc'!A0\""));
	cr_assert_not_null(strstr(exported("").body, "\"\"\"@x\"\"\""));
}

Test(order_list, more_than_ten_thousand_are_refused_not_cut)
{
	kit_sql(k, "CREATE TABLE kept AS SELECT id FROM orders");
	kit_sql(k, "WITH o AS (INSERT INTO orders (id, order_no, user_id, company_id, status, total_krw, discount_krw, paid_krw,"
	    " line_count, first_product, created_at) SELECT (left('%s', 24) || lpad(i::text, 12, '0'))::uuid, 'x' || i, user_id,"
	    " company_id, 'paid', 0, 0, 0, 1, 'x', created_at FROM orders, generate_series(1, 9998) i WHERE orders.id = '%s'"
	    " RETURNING id) INSERT INTO shipping (order_id, status, recipient, phone, postal_code, address, version, updated_at)"
	    " SELECT o.id, 'ordered', 'x', 'x', 'x', 'x', 1, s.updated_at FROM o, shipping s WHERE s.order_id = '%s'", older,
	    older, older);
	cr_assert_str_eq(exported("").slug, "order.export_too_large");
	kit_sql(k, "DELETE FROM shipping WHERE order_id = (SELECT id FROM orders WHERE order_no = 'x1'); DELETE FROM orders WHERE"
	    " order_no = 'x1'");
	cr_assert_eq(lines_of(exported("").body), 10001);
	kit_sql(k, "DELETE FROM shipping WHERE order_id NOT IN (SELECT id FROM kept); DELETE FROM orders WHERE id NOT IN (SELECT id"
	    " FROM kept); DROP TABLE kept");
}
