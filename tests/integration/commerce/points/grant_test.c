/* Points given by an operator, with a reason, once per key. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
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

TestSuite(grant, .init = begin, .fini = end, .timeout = 120);

static struct kit_reply
grant(struct uuid user, const char *body, const char *key)
{
	kit_as_operator(k);
	return kit_call(k, kit_print("POST /api/point-accounts/%s/grants", id_text(user)), body, key);
}

Test(grant, points_come_with_their_reason)
{
	struct shopper s = shopper_with(k, 0);
	const struct points_granted_v1 *ev;
	struct kit_reply r = grant(s.user, "{\"amountKrw\":1500,\"reason\":\"후기 감사\"}", NULL);

	cr_assert_eq(r.status, 201, "%s", r.body);
	cr_assert_eq(kit_json_i64(r.body, "balanceKrw"), 1500);
	ev = kit_event(k, &points_granted_v1_event);
	cr_assert(ev->amount_krw == 1500 && ev->balance_krw == 1500 && text_is(ev->reason, "후기 감사"));
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT DISTINCT key, tenant FROM outbox"),
	    kit_print("%s|%s", id_text(s.user), id_text(s.company)));
	r = kit_call(k, kit_print("GET /api/point-accounts/%s", id_text(s.user)), NULL);
	cr_assert_eq(kit_json_i64(r.body, "balanceKrw"), 1500);
	cr_assert_str_eq(kit_json_text(r.body, "companyId"), id_text(s.company));
	r = kit_call(k, kit_print("GET /api/point-accounts/%s/entries", id_text(s.user)), NULL);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.kind"), "grant");
	cr_assert_str_eq(kit_json_text(r.body, "items.0.note"), "후기 감사");
	cr_assert_eq(balance_of(k, &s), 1500);
	cr_assert_str_eq(kit_json_text(kit_call(k, "GET /api/points/entries", NULL).body, "items.0.note"), "후기 감사");
}

Test(grant, one_key_is_one_grant)
{
	struct shopper s = shopper_with(k, 0);
	const char *path = kit_print("POST /api/point-accounts/%s/grants", id_text(s.user));
	const char *body = "{\"amountKrw\":1500,\"reason\":\"x\"}";
	struct kit_reply first, again;

	kit_as_operator(k);
	first = kit_call(k, path, body, "Idempotency-Key: g");
	again = kit_call(k, path, body, "Idempotency-Key: g");
	cr_assert_str_eq(first.body, again.body);
	cr_assert_eq(balance_of(k, &s), 1500);
	cr_assert_eq(grant(s.user, body, "Idempotency-Key:").status, 400);
}

Test(grant, what_is_refused_writes_nothing)
{
	static const char *const bad[] = { "{}", "{\"amountKrw\":0,\"reason\":\"x\"}", "{\"amountKrw\":-1,\"reason\":\"x\"}",
		"{\"amountKrw\":10000001,\"reason\":\"x\"}", "{\"amountKrw\":1,\"reason\":\"\"}", "{\"amountKrw\":1}",
		"{\"amountKrw\":1.5,\"reason\":\"x\"}" };
	struct shopper s = shopper_with(k, 0);
	const char *before = shop_digest(k), *good = "{\"amountKrw\":1,\"reason\":\"x\"}";

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_expect_eq(grant(s.user, bad[i], NULL).status, 400, "%s", bad[i]);
	cr_expect_str_eq(grant(uuid_new(), good, NULL).slug, "points.no_account");
	cr_expect_str_eq(kit_call(k, kit_print("GET /api/point-accounts/%s", id_text(uuid_new())), NULL).slug,
	    "points.no_account");
	kit_as_user(k, s.user, s.company, UINT64_MAX);
	cr_expect_eq(kit_call(k, kit_print("POST /api/point-accounts/%s/grants", id_text(s.user)), good).status, 403);
	cr_expect_eq(kit_call(k, kit_print("GET /api/point-accounts/%s", id_text(s.user)), NULL).status, 403);
	cr_expect_eq(kit_call(k, kit_print("GET /api/point-accounts/%s/entries", id_text(s.user)), NULL).status, 403);
	cr_assert_str_eq(shop_digest(k), before);
}

static struct kit_reply replies[CROWD];

static void
grant_part(void *arg, int i)
{
	const struct shopper *s = arg;

	replies[i] = grant(s->user, "{\"amountKrw\":100,\"reason\":\"x\"}", NULL);
}

Test(grant, forty_grants_at_once_all_arrive)
{
	struct shopper s = shopper_with(k, 0);

	crowd(CROWD, grant_part, &s);
	cr_assert_eq(count_replies(replies, CROWD, 201, NULL), CROWD);
	cr_assert_eq(balance_of(k, &s), CROWD * 100);
}
