/* PATCH /api/orders/{orderId}/shipping: forward, one state at a time, one mover at a time. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

enum { MOVERS = 2, STATES = 5, ROUNDS = 10 };
#define TRACKED ",\"carrier\":\"CJ대한통운\",\"trackingNumber\":\"123456789012\""

static struct kit *k;
static const char *mug;
static struct shopper s;

static void
begin(void)
{
	k = shop_open();
	mug = product_of(k, 1000, 1000, "products");
	s = shopper_with(k, 100000);
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(shipping, .init = begin, .fini = end, .timeout = 120);

static const char *const states[STATES] = { "ordered", "preparing", "shipped", "delivering", "delivered" };

static const char *
new_order(void)
{
	return kit_json_text(order_by(k, &s, line(mug, 1), NULL).body, "id");
}

static struct kit_reply
move(const char *order, const char *to, const char *more, int version)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("PATCH /api/orders/%s/shipping", order), kit_print("{\"status\":\"%s\"%s}", to, more),
	    kit_print("If-Match: \"v%d\"", version));
}

/* An order whose parcel has come to this state; its version is state + 1. */
static const char *
order_at(int state)
{
	const char *order = new_order();

	for (int i = 1; i <= state; i++)
		cr_assert_eq(move(order, states[i], TRACKED, i).status, 200);
	return order;
}

Test(shipping, a_parcel_goes_all_the_way_and_each_step_is_told_once)
{
	const char *order = new_order();

	(void)kit_event(k, &points_credited_v1_event);
	(void)kit_event(k, &order_placed_v1_event);
	for (int i = 1; i < STATES; i++) {
		struct kit_reply r = move(order, states[i], i == 2 ? TRACKED : "", i);
		const struct shipping_moved_v1 *ev;

		cr_assert_eq(r.status, 200, "%s: %s", states[i], r.body);
		cr_assert_str_eq(kit_header(&r, "ETag"), kit_print("\"v%d\"", i + 1));
		cr_assert_eq(kit_json_i64(r.body, "version"), i + 1);
		ev = kit_event(k, &shipping_moved_v1_event);
		cr_assert(text_is(ev->status, states[i]));
		cr_assert(uuid_eq(ev->user_id, s.user) && uuid_eq(ev->company_id, s.company));
		cr_assert_eq(ev->has_tracking_number, i >= 2);
		cr_assert(text_is(ev->first_product, "물건 1000원"));
	}
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT string_agg(status, ' ' ORDER BY version) FROM shipping_move"),
	    "ordered preparing shipped delivering delivered");
	cr_assert_str_eq(kit_sql(k, "SELECT DISTINCT key, tenant FROM outbox WHERE type = 'shipping.moved'"),
	    kit_print("%s|%s", id_text(s.user), id_text(s.company)));
}

Test(shipping, every_other_move_is_refused_and_writes_nothing)
{
	for (int from = 0; from < STATES; from++) {
		const char *order = order_at(from), *before = shop_digest(k);

		for (int to = 1; to < STATES; to++) {
			struct kit_reply r;

			if (to == from + 1)
				continue;
			r = move(order, states[to], TRACKED, from + 1);
			cr_expect_eq(r.status, 409, "%s to %s: %s", states[from], states[to], r.body);
			cr_expect_str_eq(r.slug, "shipping.cannot_move");
		}
		cr_expect_eq(move(order, "ordered", "", from + 1).status, 400);
		cr_expect_eq(move(order, "lost", "", from + 1).status, 400);
		cr_expect_str_eq(shop_digest(k), before);
	}
}

Test(shipping, a_shipped_parcel_has_a_carrier_and_a_number)
{
	const char *order = new_order(), *before;
	struct kit_reply r;

	cr_assert_eq(move(order, "preparing", "", 1).status, 200);
	before = shop_digest(k);
	r = move(order, "shipped", "", 2);
	cr_assert_eq(r.status, 400, "%d %s", r.status, r.body);
	cr_assert_eq(kit_json_length(r.body, "errors"), 2);
	r = move(order, "shipped", ",\"carrier\":\"CJ\"", 2);
	cr_assert_str_eq(kit_json_text(r.body, "errors.0.pointer"), "/trackingNumber");
	cr_assert_eq(move(order, "shipped", ",\"carrier\":\"\",\"trackingNumber\":\"a b\"", 2).status, 400);
	cr_assert_str_eq(shop_digest(k), before);
	cr_assert_eq(move(order, "shipped", TRACKED, 2).status, 200);
}

Test(shipping, what_was_told_while_preparing_is_enough_later)
{
	const char *order = new_order();

	cr_assert_eq(move(order, "preparing", TRACKED, 1).status, 200);
	cr_assert_eq(move(order, "shipped", "", 2).status, 200);
	cr_assert_str_eq(kit_sql(k, "SELECT carrier, tracking_number FROM shipping"), "CJ대한통운|123456789012");
}

Test(shipping, a_move_without_a_version_is_428_and_with_an_old_one_412)
{
	const char *order = order_at(1), *before = shop_digest(k);
	const char *path = kit_print("PATCH /api/orders/%s/shipping", order), *body = "{\"status\":\"shipped\"" TRACKED "}";

	cr_assert_eq(kit_call(k, path, body).status, 428);
	cr_assert_eq(move(order, "shipped", TRACKED, 1).status, 412);
	cr_assert_str_eq(move(order, "shipped", TRACKED, 3).slug, "shipping.stale");
	cr_assert_eq(kit_call(k, path, body, "If-Match: \"x\"").status / 100, 4);
	cr_assert_eq(kit_call(k, path, body, "If-Match: *").status / 100, 4);
	cr_assert_eq(kit_call(k, path, body, "If-Match: W/\"v2\"").status / 100, 4);
	cr_assert_str_eq(shop_digest(k), before);
}

Test(shipping, the_version_read_is_the_version_to_match)
{
	const char *order = order_at(1);
	struct kit_reply r;

	kit_as_user(k, s.user, s.company, 0);
	r = kit_call(k, kit_print("GET /api/orders/%s/shipping", order), NULL);
	cr_assert_eq(r.status, 200);
	cr_assert_str_eq(kit_header(&r, "ETag"), "\"v2\"");
	r = kit_call(k, kit_print("GET /api/orders/%s", order), NULL);
	cr_assert_str_eq(kit_header(&r, "ETag"), "\"v2\"");
}

Test(shipping, only_an_operator_moves_and_only_what_exists)
{
	const char *order = new_order(), *before = shop_digest(k);

	cr_assert_eq(move(id_text(uuid_new()), "preparing", "", 1).status, 404);
	kit_as_user(k, s.user, s.company, UINT64_MAX);
	cr_assert_eq(kit_call(k, kit_print("PATCH /api/orders/%s/shipping", order), "{\"status\":\"preparing\"}",
	    "If-Match: \"v1\"").status, 403);
	cr_assert_str_eq(shop_digest(k), before);
}

/* ---- at once */

struct moving { const char *order; int version; struct kit_reply replies[MOVERS]; };

static void
move_part(void *arg, int i)
{
	struct moving *m = arg;

	m->replies[i] = move(m->order, states[m->version], TRACKED, m->version);
}

Test(shipping, of_two_parallel_moves_one_wins)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct moving m = { .order = order_at(i % 4), .version = i % 4 + 1 };

		crowd(MOVERS, move_part, &m);
		cr_assert_eq(count_replies(m.replies, MOVERS, 200, NULL), 1, "%s %s", m.replies[0].body, m.replies[1].body);
		cr_assert_eq(count_replies(m.replies, MOVERS, 412, "shipping.stale"), 1);
	}
}

static void
move_or_order(void *arg, int i)
{
	struct kit_reply *replies = arg;

	replies[i] = i % 2 == 0 ? order_by(k, &s, line(mug, 1), NULL) : move(kit_sql(k, "SELECT order_id FROM shipping "
	    "ORDER BY order_id OFFSET %d LIMIT 1", i / 2), "preparing", "", 1);
}

Test(shipping, orders_and_moves_of_one_buyer_at_once_do_not_deadlock)
{
	static struct kit_reply replies[40];

	for (int i = 0; i < 20; i++)
		new_order();
	crowd(40, move_or_order, replies);
	cr_assert_eq(count_replies(replies, 40, 201, NULL), 20);
	cr_assert_eq(count_replies(replies, 40, 200, NULL), 20);
	cr_assert_str_eq(kit_sql(k, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
}
