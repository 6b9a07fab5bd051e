/* What commerce does when it hears of a new user or of money: once, whatever the order. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
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

TestSuite(on, .init = begin, .fini = end, .timeout = 120);

static const char *
joined(const struct shopper *s)
{
	return kit_hear(k, &user_joined_v1_event, s->company, &(struct user_joined_v1){ .user_id = s->user,
		.company_id = s->company, .name = TEXT("김두레"), .phone = TEXT("01000000001"),
		.email = TEXT("dure@example.com"), .joined_at = clock_now_us() });
}

static const char *
settled(const struct shopper *s, struct uuid payment, const char *purpose, int64_t krw)
{
	return kit_hear(k, &payment_settled_v1_event, s->company, &(struct payment_settled_v1){ .payment_id = payment,
		.user_id = s->user, .company_id = s->company, .purpose = text_of(purpose), .amount_krw = krw,
		.currency = TEXT("KRW"), .provider = TEXT("toss"), .provider_payment_id = TEXT("key"),
		.method = TEXT("card"), .paid_at = clock_now_us() });
}

Test(on, a_new_user_gets_an_empty_account_also_when_heard_twice)
{
	struct shopper s = { uuid_new(), uuid_new() };

	cr_assert_null(joined(&s));
	cr_assert_null(joined(&s));
	cr_assert_str_eq(kit_sql(k, "SELECT user_id, company_id, balance_krw FROM point_account"),
	    kit_print("%s|%s|0", id_text(s.user), id_text(s.company)));
	cr_assert(kit_no_event(k));
}

Test(on, money_becomes_points_and_the_event_carries_the_balance)
{
	struct shopper s = shopper_with(k, 0);
	struct uuid first = uuid_new(), second = uuid_new();
	const struct points_credited_v1 *ev;

	cr_assert_null(settled(&s, first, "points", 30000));
	cr_assert_null(settled(&s, second, "points", 20000));
	ev = kit_event(k, &points_credited_v1_event);
	cr_assert(ev->amount_krw == 30000 && ev->balance_krw == 30000 && uuid_eq(ev->source_id, first));
	ev = kit_event(k, &points_credited_v1_event);
	cr_assert(ev->amount_krw == 20000 && ev->balance_krw == 50000 && uuid_eq(ev->source_id, second));
	cr_assert(uuid_eq(ev->user_id, s.user) && uuid_eq(ev->company_id, s.company));
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT DISTINCT key, tenant FROM outbox"),
	    kit_print("%s|%s", id_text(s.user), id_text(s.company)));
}

Test(on, the_same_payment_heard_again_is_refused_and_changes_nothing)
{
	struct shopper s = shopper_with(k, 0);
	struct uuid payment = uuid_new();
	const char *before;

	cr_assert_null(settled(&s, payment, "points", 30000));
	before = shop_digest(k);
	cr_assert_str_eq(settled(&s, payment, "points", 30000), "unique.point_entry_source");
	cr_assert_str_eq(settled(&s, payment, "points", 1), "unique.point_entry_source");
	cr_assert_str_eq(shop_digest(k), before);
	cr_assert_eq(balance_of(k, &s), 30000);
}

Test(on, money_may_be_heard_before_the_user)
{
	struct shopper s = { uuid_new(), uuid_new() };

	cr_assert_null(settled(&s, uuid_new(), "points", 30000));
	cr_assert_null(joined(&s));
	cr_assert_eq(balance_of(k, &s), 30000);
}

Test(on, money_for_something_else_is_left_alone)
{
	struct shopper s = shopper_with(k, 0);
	const char *before = shop_digest(k);

	cr_assert_null(settled(&s, uuid_new(), "plan", 30000));
	cr_assert_str_eq(shop_digest(k), before);
}

Test(on, a_balance_past_what_json_can_say_is_refused_whole)
{
	struct shopper s = shopper_with(k, 1000);
	const char *before = shop_digest(k);

	cr_assert_str_eq(settled(&s, uuid_new(), "points", (INT64_C(1) << 53) - 1000), "check.point_balance");
	cr_assert_str_eq(shop_digest(k), before);
}

/* ---- at once */

struct hearing { struct shopper s; struct uuid payment; const char *slugs[CROWD]; };

static void
hear_same(void *arg, int i)
{
	struct hearing *h = arg;

	h->slugs[i] = settled(&h->s, h->payment, "points", 500);
}

static void
hear_different(void *arg, int i)
{
	struct hearing *h = arg;

	h->slugs[i] = settled(&h->s, uuid_new(), "points", 500);
}

Test(on, forty_deliveries_of_one_payment_at_once_credit_it_once)
{
	static struct hearing h;
	int credited = 0;

	h = (struct hearing){ .s = { uuid_new(), uuid_new() }, .payment = uuid_new() };
	crowd(CROWD, hear_same, &h);
	for (int i = 0; i < CROWD; i++) {
		credited += h.slugs[i] == NULL;
		cr_expect(h.slugs[i] == NULL || strcmp(h.slugs[i], "unique.point_entry_source") == 0, "%s", h.slugs[i]);
	}
	cr_assert_eq(credited, 1);
	cr_assert_eq(balance_of(k, &h.s), 500);
}

Test(on, forty_payments_at_once_are_all_credited)
{
	static struct hearing h;

	h = (struct hearing){ .s = { uuid_new(), uuid_new() } };
	crowd(CROWD, hear_different, &h);
	for (int i = 0; i < CROWD; i++)
		cr_expect_null(h.slugs[i], "%s", h.slugs[i]);
	cr_assert_eq(balance_of(k, &h.s), CROWD * 500);
}
