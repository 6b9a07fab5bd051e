/* What billing does when it hears of a new user: the company's Free plan, once. */
#include <criterion/criterion.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/billing/service.h"
#include "tests/kit/kit.h"

static struct kit *k;

static void
begin(void)
{
	k = kit_open(&billing_svc);
}

static void
end(void)
{
	kit_close(&k);
}

TestSuite(plan, .init = begin, .fini = end, .timeout = 60);

static const char *
joined(struct uuid user, struct uuid company, int64_t at_us)
{
	return kit_hear(k, &user_joined_v1_event, company, &(struct user_joined_v1){ .user_id = user, .company_id = company,
		.name = TEXT("김두레"), .phone = TEXT("01000000001"), .email = TEXT("dure@example.com"), .joined_at = at_us });
}

Test(plan, a_new_company_starts_on_free_from_its_day_in_seoul)
{
	struct uuid user = uuid_new(), company = uuid_new();
	const struct plan_opened_v1 *ev;
	struct kit_reply r;

	cr_assert_null(joined(user, company, INT64_C(1767193200) * 1000000));     /* 2025-12-31T15:00:00Z */
	ev = kit_event(k, &plan_opened_v1_event);
	cr_assert(uuid_eq(ev->company_id, company) && text_is(ev->plan, "free") && text_is(ev->starts_on, "2026-01-01"));
	kit_as_user(k, user, company, 0);
	r = kit_call(k, "GET /api/plan", NULL);
	cr_assert_eq(r.status, 200);
	cr_assert_str_eq(r.body, "{\"plan\":\"free\",\"startsOn\":\"2026-01-01\"}");
}

Test(plan, hearing_it_again_opens_and_tells_nothing)
{
	struct uuid user = uuid_new(), company = uuid_new();

	cr_assert_null(joined(user, company, clock_now_us()));
	(void)kit_event(k, &plan_opened_v1_event);
	cr_assert_null(joined(user, company, clock_now_us()));
	cr_assert_null(joined(uuid_new(), company, clock_now_us()));
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM plan"), "1");
}

Test(plan, a_company_nobody_has_told_of_has_none)
{
	struct kit_reply r;

	cr_assert_null(joined(uuid_new(), uuid_new(), clock_now_us()));
	kit_as_user(k, uuid_new(), uuid_new(), 0);
	r = kit_call(k, "GET /api/plan", NULL);
	cr_assert_eq(r.status, 404);
	cr_assert_str_eq(r.slug, "plan.not_found");
}
