/* POST /api/orders/{orderId}/cancellation: the buyer's own, before it is shipped; and what meets it at the same moment. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

enum { PAIR = 2, CROWD = 20, ROUNDS = 12 };

static struct kit *k;
static struct shopper s;
static const char *mug;

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

TestSuite(order_cancel, .init = begin, .fini = end, .timeout = 120);

static void
refused(struct kit_reply r, int status, const char *slug)
{
	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect_str_eq(r.slug, slug, "%s", r.body);
}

Test(order_cancel, an_order_that_is_not_shipped_goes_back_whole)
{
	const char *registered = claimed_by(k, &s, coupon_of(k, "\"kind\":\"fixed\",\"value\":500"));
	const char *order = placed_by(k, &s, line(mug, 3), registered);
	struct kit_reply r;

	ship_until(k, order, "preparing");
	r = cancel_by(k, &s, order);
	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_str_eq(kit_json_text(r.body, "status"), "cancelled");
	cr_assert_eq(kit_json_i64(r.body, "amountKrw"), 2500);
	cr_assert_str_eq(kit_json_text(r.body, "couponReturned"), "true");
	cr_assert_eq(balance_of(k, &s), 100000);
	cr_assert_str_eq(kit_sql(k, "SELECT stock FROM product"), "1000");
	cr_assert_str_eq(kit_sql(k, "SELECT status, moved_by FROM order_move"), kit_print("cancelled|%s", id_text(s.user)));
	refused(cancel_by(k, &s, order), 409, "order.cannot_move");
}

Test(order_cancel, both_events_tell_of_the_same_refund)
{
	const char *order = placed_by(k, &s, line(mug, 2), NULL);
	const struct order_refunded_v1 *refunded;
	const struct order_cancelled_v1 *cancelled;

	(void)kit_event(k, &points_credited_v1_event);
	(void)kit_event(k, &order_placed_v1_event);
	cr_assert_eq(cancel_by(k, &s, order).status, 201);
	refunded = kit_event(k, &order_refunded_v1_event);
	cancelled = kit_event(k, &order_cancelled_v1_event);
	cr_assert(text_is(refunded->status, "cancelled") && refunded->delta_krw == 2000);
	cr_assert(uuid_eq(refunded->refund_id, cancelled->refund_id) && cancelled->refunded_krw == 2000);
	cr_assert(kit_no_event(k));
}

Test(order_cancel, what_is_left_after_a_refund_goes_back)
{
	const char *order = placed_by(k, &s, line(mug, 3), NULL);

	cr_assert_eq(refund_of(k, order, ",\"lines\":[{\"lineNo\":1,\"quantity\":1}]").status, 201);
	cr_assert_eq(kit_json_i64(cancel_by(k, &s, order).body, "amountKrw"), 2000);
	cr_assert_eq(balance_of(k, &s), 100000);
}

Test(order_cancel, a_shipped_one_is_refused)
{
	const char *order = placed_by(k, &s, line(mug, 3), NULL), *before;

	ship_until(k, order, "shipped");
	before = shop_digest(k);
	refused(cancel_by(k, &s, order), 409, "order.shipped");
	cr_assert_str_eq(shop_digest(k), before);
}

Test(order_cancel, nobody_cancels_for_another_nor_without_a_key)
{
	const char *order = placed_by(k, &s, line(mug, 1), NULL), *before = shop_digest(k);
	struct shopper colleague = { uuid_new(), s.company };

	refused(cancel_by(k, &colleague, order), 404, "order.not_found");
	refused(cancel_by(k, &s, id_text(uuid_new())), 404, "order.not_found");
	cr_assert_eq(kit_call(k, kit_print("POST /api/orders/%s/cancellation", order), "{}", "Idempotency-Key:").status, 400);
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, kit_print("POST /api/orders/%s/cancellation", order), "{}").status, 403);
	cr_assert_str_eq(shop_digest(k), before);
}

/* ---- at once */

struct meeting { const char *order; struct kit_reply replies[CROWD]; };

static void
cancel_or_ship(void *arg, int i)
{
	struct meeting *m = arg;

	m->replies[i] = i == 0 ? cancel_by(k, &s, m->order) : ship_to(k, m->order, "shipped", 2);
}

Test(order_cancel, of_a_cancellation_and_a_dispatch_one_wins)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct meeting m = { .order = placed_by(k, &s, line(mug, 1), NULL) };
		bool cancelled, shipped;

		ship_until(k, m.order, "preparing");
		crowd(PAIR, cancel_or_ship, &m);
		cancelled = m.replies[0].status == 201;
		shipped = m.replies[1].status == 200;
		cr_expect_neq(cancelled, shipped, "%s\n%s", m.replies[0].body, m.replies[1].body);
		refused(m.replies[cancelled ? 1 : 0], 409, cancelled ? "shipping.order_closed" : "order.shipped");
	}
}

static void
cancel_same(void *arg, int i)
{
	struct meeting *m = arg;

	m->replies[i] = cancel_by(k, &s, m->order);
}

Test(order_cancel, twenty_cancellations_at_once_give_back_once)
{
	static struct meeting m;

	m.order = placed_by(k, &s, line(mug, 5), NULL);
	crowd(CROWD, cancel_same, &m);
	cr_assert_eq(count_replies(m.replies, CROWD, 201, NULL), 1);
	cr_assert_eq(count_replies(m.replies, CROWD, 409, "order.cannot_move"), CROWD - 1);
	cr_assert_eq(balance_of(k, &s), 100000);
}

static void
refund_last(void *arg, int i)
{
	struct meeting *m = arg;

	kit_as_operator(k);
	m->replies[i] = kit_call(k, kit_print("POST /api/orders/%s/refunds", m->order),
	    "{\"reason\":\"x\",\"lines\":[{\"lineNo\":1,\"quantity\":1}]}", "If-Match: \"v2\"");
}

Test(order_cancel, of_twenty_refunds_of_the_last_piece_one_wins)
{
	static struct meeting m;

	m.order = placed_by(k, &s, line(mug, 2), NULL);
	cr_assert_eq(refund_of(k, m.order, ",\"lines\":[{\"lineNo\":1,\"quantity\":1}]").status, 201);
	crowd(CROWD, refund_last, &m);
	cr_assert_eq(count_replies(m.replies, CROWD, 201, NULL), 1);
	cr_assert_eq(count_replies(m.replies, CROWD, 412, "order.stale"), CROWD - 1);
	cr_assert_eq(balance_of(k, &s), 100000);
}

/* Orders, refunds, cancellations and dispatches of one buyer over the same products. */
static void
everything(void *arg, int i)
{
	struct meeting *m = arg;
	const char *order = kit_sql(k, "SELECT id FROM orders ORDER BY id OFFSET %d LIMIT 1", i);

	switch (i % 4) {
	case 0:
		m->replies[i] = order_by(k, &s, line(mug, 1), NULL);
		break;
	case 1:
		m->replies[i] = refund_of(k, order, "");
		break;
	case 2:
		m->replies[i] = cancel_by(k, &s, order);
		break;
	default:
		m->replies[i] = ship_to(k, order, "preparing", 1);
	}
}

Test(order_cancel, everything_at_once_does_not_deadlock)
{
	static struct meeting m;

	for (int i = 0; i < CROWD; i++)
		placed_by(k, &s, line(mug, 1), NULL);
	crowd(CROWD, everything, &m);
	cr_assert_eq(count_replies(m.replies, CROWD, 201, NULL), 3 * CROWD / 4);
	cr_assert_eq(count_replies(m.replies, CROWD, 200, NULL), CROWD / 4);
	cr_assert_str_eq(kit_sql(k, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
}
