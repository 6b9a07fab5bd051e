/* Points that nobody spent in time: the oldest go first, each once. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/integration/commerce/shop.h"

enum { DAY_S = 24 * 3600, EXPIRE_DAYS = 30, MANY = 450 };

static struct kit *k;

static void
begin(void)
{
	setenv("DURE_POINTS_EXPIRE_DAYS", "30", 1);
	k = shop_open();
}

static void
end(void)
{
	shop_close(&k);
}

TestSuite(expire, .init = begin, .fini = end, .timeout = 120);

static void
grant(const struct shopper *s, int krw)
{
	kit_as_operator(k);
	kit_sure(kit_call(k, kit_print("POST /api/point-accounts/%s/grants", id_text(s->user)),
	    kit_print("{\"amountKrw\":%d,\"reason\":\"x\"}", krw)).status == 201);
}

static void
night(void)
{
	cr_assert_null(kit_job(k, "points_expire", "2026-01-02", ""));
}

static const char *
expired_of(const struct shopper *s)
{
	return kit_sql(k, "SELECT string_agg((-amount_krw)::text, ' ' ORDER BY id) FROM point_entry WHERE kind = 'expiry' AND"
	    " user_id = '%s'", id_text(s->user));
}

Test(expire, what_was_not_spent_in_time_goes_once_and_its_owner_hears)
{
	struct shopper s = shopper_with(k, 5000);
	const struct points_expired_v1 *ev;

	(void)kit_event(k, &points_credited_v1_event);
	kit_clock(k, EXPIRE_DAYS * DAY_S - 60);
	night();
	cr_assert_eq(balance_of(k, &s), 5000);
	kit_clock(k, 61);
	night();
	night();
	cr_assert_eq(balance_of(k, &s), 0);
	ev = kit_event(k, &points_expired_v1_event);
	cr_assert(ev->amount_krw == 5000 && ev->balance_krw == 0 && uuid_eq(ev->user_id, s.user));
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT tenant FROM outbox WHERE type = 'points.expired'"), id_text(s.company));
}

Test(expire, spending_uses_up_the_oldest_first)
{
	const char *mug = product_of(k, 1000, 100, "products");
	struct shopper s = shopper_with(k, 5000);

	kit_clock(k, 10 * DAY_S);
	grant(&s, 3000);
	placed_by(k, &s, line(mug, 4), NULL);
	kit_clock(k, 21 * DAY_S);
	night();
	cr_assert_str_eq(expired_of(&s), "1000");
	kit_clock(k, 10 * DAY_S);
	night();
	cr_assert_str_eq(expired_of(&s), "1000 3000");
	cr_assert_eq(balance_of(k, &s), 0);
}

Test(expire, younger_points_than_what_was_spent_stay_whole)
{
	const char *mug = product_of(k, 1000, 100, "products");
	struct shopper s = shopper_with(k, 2000);

	placed_by(k, &s, line(mug, 2), NULL);
	kit_clock(k, 20 * DAY_S);
	grant(&s, 700);
	kit_clock(k, 15 * DAY_S);
	night();
	cr_assert_str_eq(expired_of(&s), "");
	cr_assert_eq(balance_of(k, &s), 700);
}

Test(expire, what_a_refund_gives_back_is_new_from_that_day)
{
	const char *mug = product_of(k, 1000, 100, "products"), *order;
	struct shopper s = shopper_with(k, 2000);

	order = placed_by(k, &s, line(mug, 2), NULL);
	kit_clock(k, 29 * DAY_S);
	cr_assert_eq(cancel_by(k, &s, order).status, 201);
	kit_clock(k, 2 * DAY_S);
	night();
	cr_assert_eq(balance_of(k, &s), 2000);
	kit_clock(k, 29 * DAY_S);
	night();
	cr_assert_eq(balance_of(k, &s), 0);
}

Test(expire, more_accounts_than_a_batch_are_all_looked_at)
{
	kit_sql(k, "WITH a AS (INSERT INTO point_account SELECT gen_random_uuid(), gen_random_uuid(), 10 FROM"
	    " generate_series(1, %d) RETURNING user_id, company_id), e AS (INSERT INTO point_entry (id, user_id, company_id, kind,"
	    " amount_krw, balance_krw, source_id, created_at, note, made_by) SELECT gen_random_uuid(), user_id, company_id,"
	    " 'grant', 10, 10, gen_random_uuid(), '2020-01-01Z', 'x', user_id FROM a) INSERT INTO outbox (event_id, type, version,"
	    " occurred_at, key, partition, traceparent, payload, is_public) SELECT gen_random_uuid(), 'points.granted', 1,"
	    " '2020-01-01Z', user_id, 0, '', '', false FROM a", MANY);
	night();
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), sum(balance_krw) FROM point_account"), kit_print("%d|0", MANY));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM outbox WHERE type = 'points.expired'"), kit_print("%d", MANY));
}

/* ---- at once */

struct meeting { struct shopper s; const char *mug; struct kit_reply replies[20]; };

static void
spend_or_expire(void *arg, int i)
{
	struct meeting *m = arg;

	if (i % 4 == 0)
		kit_sure(kit_job(k, "points_expire", "2026-01-02", "") == NULL);
	else
		m->replies[i] = order_by(k, &m->s, line(m->mug, 1), NULL);
}

Test(expire, orders_and_the_night_share_one_balance)
{
	static struct meeting m;

	m.mug = product_of(k, 1000, 100, "products");
	m.s = shopper_with(k, 10000);
	kit_clock(k, 31 * DAY_S);
	crowd(20, spend_or_expire, &m);
	cr_assert_eq(balance_of(k, &m.s), 0);
	cr_assert_eq(count_replies(m.replies, 20, 201, NULL) + count_replies(m.replies, 20, 422, "order.points_short"), 15);
}

Test(expire, no_days_no_expiry, .init = NULL)
{
	struct shopper s;

	unsetenv("DURE_POINTS_EXPIRE_DAYS");
	k = shop_open();
	s = shopper_with(k, 5000);
	kit_clock(k, (int64_t)4000 * DAY_S);
	night();
	cr_assert_eq(balance_of(k, &s), 5000);
}
