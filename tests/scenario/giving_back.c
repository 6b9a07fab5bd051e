/* commerce dies at each step of giving an order back, is started again, and the caller repeats with the same key: points,
 * stock and coupon return once, and each event is told once. */
#include <criterion/criterion.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

static const char *const points[] = { "refund.checked", "refund.written", "refund.told", "http.before_commit",
	"http.after_commit", "relay.numbered", "relay.published" };

static struct play *
shopper(struct suite *s)
{
	struct play *p = play_new(s, 1);

	p->patient = true;
	play_until(p, "order");
	return p;
}

static const char *
ordered(struct play *p, const char *word)
{
	const char *json = kit_print("{\"lines\":[{\"productId\":\"%s\",\"quantity\":1}],\"recipient\":\"김두레\",\"phone\":\"%s\","
	    "\"postalCode\":\"04524\",\"address\":\"서울특별시 중구 세종대로 110\"}", p->product, p->buyer.phone);

	return text_in(want(201, ask(p, "POST", "/api/orders", json, as(&p->buyer), key(p, word))), "id");
}

static void
die_at(struct play *p, const char *point)
{
	fprintf(stderr, "commerce dies at %s\n", point);
	suite_fault(p->suite, "commerce", kit_print("%s=kill", point));
	p->mortal = "commerce";
	p->deaths = 0;
}

static void
survived(struct play *p, const char *point)
{
	kit_until(20000, revive(p) || p->deaths == 1);
	cr_assert_eq(p->deaths, 1, "commerce never came to %s", point);
	p->mortal = NULL;
}

/* What is true of the order in the end: its state, what came back, and what was told how often. */
static void
check(struct play *p, const char *order, const char *want_state)
{
	const char *state = suite_sql(p->suite, "commerce", "SELECT o.status, o.refunded_krw, (SELECT count(*) FROM refund r WHERE"
	    " r.order_id = o.id), (SELECT sum(delta) FROM stock_movement m JOIN refund r ON r.id = m.source_id WHERE r.order_id ="
	    " o.id), (SELECT sum(e.amount_krw) FROM point_entry e JOIN refund r ON r.id = e.source_id WHERE r.order_id = o.id)"
	    " FROM orders o WHERE o.id = '%s'", order);

	cr_assert_str_eq(state, want_state);
}

static void
cancel_dying(struct play *p, const char *point)
{
	const char *order = ordered(p, kit_print("order-%s", point));

	die_at(p, point);
	want(201, ask(p, "POST", kit_print("/api/orders/%s/cancellation", order), "{\"reason\":\"주문 실수\"}", as(&p->buyer),
	    key(p, kit_print("cancel-%s", point))));
	survived(p, point);
	check(p, order, kit_print("cancelled|%d|1|1|%d", PRICE_KRW, PRICE_KRW));
}

static void
refund_dying(struct play *p, const char *point)
{
	const char *order = ordered(p, kit_print("sold-%s", point));

	die_at(p, point);
	want(201, ask(p, "POST", kit_print("/api/orders/%s/refunds", order), "{\"reason\":\"파손\"}", as(&p->seller),
	    key(p, kit_print("refund-%s", point)), "If-Match: \"v1\""));
	survived(p, point);
	check(p, order, kit_print("refunded|%d|1|1|%d", PRICE_KRW, PRICE_KRW));
}

/* One code for both, so they take turns. */
Test(giving_back, commerce_dies_at_any_step_and_the_caller_repeats, .timeout = 300)
{
	struct suite *s = play_suite(0);
	struct play *p = shopper(s);

	for (size_t i = 0; i < COUNT_OF(points); i++)
		(i % 2 == 0 ? cancel_dying : refund_dying)(p, points[i]);
	cr_assert_str_eq(suite_sql(s, "commerce", "SELECT type, count(*) FROM outbox WHERE type IN ('order.refunded',"
	    " 'order.cancelled') GROUP BY 1 ORDER BY 1"), "order.cancelled|4\norder.refunded|7");
	cr_assert_str_eq(suite_sql(s, "commerce", "SELECT balance_krw FROM point_account WHERE user_id = '%s'", p->buyer.id),
	    kit_print("%d", CHARGED_KRW - PAID_KRW));
	cr_assert_str_eq(suite_sql(s, "commerce", "SELECT stock FROM product WHERE id = '%s'", p->product),
	    kit_print("%d", STOCK - QUANTITY));
	play_close(&p);
	suite_close(&s);
}
