/* Giving a charge back: the points are held before the money goes, refused when they are spent, returned once. */
#include <criterion/criterion.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

enum { CROWD = 40 };

static struct kit *k;

static void
begin(void)
{
	k = shop_open();
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(cancel, .init = begin, .fini = end, .timeout = 120);

static const char *
requested(const struct shopper *s, struct uuid cancel, int64_t krw)
{
	return kit_hear(k, &payment_cancel_requested_v1_event, s->company, &(struct payment_cancel_requested_v1){
		.cancel_id = cancel, .payment_id = uuid_new(), .user_id = s->user, .company_id = s->company,
		.amount_krw = krw, .requested_at = clock_now_us() });
}

static const char *
failed(const struct shopper *s, struct uuid cancel, int64_t krw)
{
	return kit_hear(k, &payment_cancel_failed_v1_event, s->company, &(struct payment_cancel_failed_v1){
		.cancel_id = cancel, .payment_id = uuid_new(), .user_id = s->user, .company_id = s->company,
		.amount_krw = krw, .failed_at = clock_now_us() });
}

static struct shopper
charged(int64_t krw)
{
	struct shopper s = shopper_with(k, krw);

	if (krw > 0)
		(void)kit_event(k, &points_credited_v1_event);
	return s;
}

Test(cancel, enough_points_are_held_and_the_answer_names_the_cancel)
{
	struct shopper s = charged(50000);
	struct uuid cancel = uuid_new();
	const struct points_held_v1 *ev;

	cr_assert_null(requested(&s, cancel, 20000));
	ev = kit_event(k, &points_held_v1_event);
	cr_assert(uuid_eq(ev->cancel_id, cancel) && uuid_eq(ev->user_id, s.user) && ev->amount_krw == 20000);
	cr_assert(kit_no_event(k));
	cr_assert_eq(balance_of(k, &s), 30000);
	cr_assert_str_eq(kit_sql(k, "SELECT kind, amount_krw, balance_krw FROM point_entry WHERE source_id = '%s'",
	    id_text(cancel)), "cancel|-20000|30000");
}

Test(cancel, spent_points_are_refused_with_the_reason_and_nothing_is_taken)
{
	struct shopper s = charged(19999);
	struct uuid cancel = uuid_new();
	const struct points_refused_v1 *ev;

	cr_assert_null(requested(&s, cancel, 20000));
	ev = kit_event(k, &points_refused_v1_event);
	cr_assert(uuid_eq(ev->cancel_id, cancel) && text_is(ev->reason, "points_short"));
	cr_assert(kit_no_event(k));
	cr_assert_eq(balance_of(k, &s), 19999);
}

Test(cancel, an_account_nobody_opened_has_nothing_to_hold)
{
	struct shopper s = { uuid_new(), uuid_new() };

	cr_assert_null(requested(&s, uuid_new(), 1));
	(void)kit_event(k, &points_refused_v1_event);
	cr_assert(kit_no_event(k));
}

Test(cancel, the_last_point_can_be_held)
{
	struct shopper s = charged(20000);

	cr_assert_null(requested(&s, uuid_new(), 20000));
	(void)kit_event(k, &points_held_v1_event);
	cr_assert_eq(balance_of(k, &s), 0);
}

Test(cancel, one_cancel_asked_for_twice_is_held_once)
{
	struct shopper s = charged(50000);
	struct uuid cancel = uuid_new();
	const char *before;

	cr_assert_null(requested(&s, cancel, 20000));
	before = shop_digest(k);
	cr_assert_str_eq(requested(&s, cancel, 20000), "unique.point_entry_source");
	cr_assert_str_eq(shop_digest(k), before);
}

Test(cancel, what_was_held_returns_once_when_the_provider_refuses)
{
	struct shopper s = charged(50000);
	struct uuid cancel = uuid_new();
	const struct points_credited_v1 *ev;
	const char *before;

	cr_assert_null(requested(&s, cancel, 20000));
	(void)kit_event(k, &points_held_v1_event);
	cr_assert_null(failed(&s, cancel, 20000));
	ev = kit_event(k, &points_credited_v1_event);
	cr_assert(uuid_eq(ev->source_id, cancel) && ev->amount_krw == 20000 && ev->balance_krw == 50000);
	before = shop_digest(k);
	cr_assert_null(failed(&s, cancel, 20000));
	cr_assert_str_eq(shop_digest(k), before);
	cr_assert_eq(balance_of(k, &s), 50000);
}

Test(cancel, what_returns_is_what_was_held_whatever_the_failure_says)
{
	struct shopper s = charged(50000), other = charged(50000);
	struct uuid cancel = uuid_new();

	cr_assert_null(requested(&s, cancel, 20000));
	cr_assert_null(failed(&other, cancel, 20000));
	cr_assert_eq(balance_of(k, &other), 50000);
	cr_assert_null(failed(&s, cancel, 1));
	cr_assert_eq(balance_of(k, &s), 50000);
}

Test(cancel, a_failure_of_a_cancel_that_was_refused_gives_nothing)
{
	struct shopper s = charged(100);
	struct uuid cancel = uuid_new();

	cr_assert_null(requested(&s, cancel, 20000));
	cr_assert_null(failed(&s, cancel, 20000));
	cr_assert_eq(balance_of(k, &s), 100);
}

/* ---- at once */

struct crowded { struct shopper s; struct uuid cancel; const char *mug, *slugs[CROWD]; };

static void
hold_or_order(void *arg, int i)
{
	struct crowded *c = arg;

	if (i % 2 == 0)
		c->slugs[i] = requested(&c->s, uuid_new(), 3000);
	else
		(void)order_by(k, &c->s, line(c->mug, 1), NULL);
}

Test(cancel, holds_and_orders_at_once_share_one_balance)
{
	static struct crowded c;

	c.mug = product_of(k, 3000, 100, "products");
	c.s = charged(50000);
	crowd(CROWD, hold_or_order, &c);
	for (int i = 0; i < CROWD; i += 2)
		cr_expect_null(c.slugs[i], "%s", c.slugs[i]);
	cr_assert_eq(balance_of(k, &c.s), 2000);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM point_entry WHERE kind IN ('cancel', 'order')"), "16");
}

static void
fail_same(void *arg, int i)
{
	struct crowded *c = arg;

	c->slugs[i] = failed(&c->s, c->cancel, 20000);
}

Test(cancel, forty_failures_at_once_return_it_once)
{
	static struct crowded c;

	c.s = charged(50000);
	c.cancel = uuid_new();
	cr_assert_null(requested(&c.s, c.cancel, 20000));
	crowd(CROWD, fail_same, &c);
	cr_assert_eq(balance_of(k, &c.s), 50000);
}
