/* The nightly job: only the dead are buried. */
#include <criterion/criterion.h>
#include <string.h>
#include "tests/integration/auth/world.h"

TestSuite(reap, .init = world_open, .fini = world_close, .timeout = 120);
/* Those that open the world themselves, under other settings. */
TestSuite(reap_under, .fini = world_close, .timeout = 120);

static void
reap(void)
{
	const char *slug = kit_job(k, "identity_reap", "2026-01-01", "");

	cr_assert_null(slug, "%s", slug);
}

Test(reap, a_pending_sign_up_goes_when_nobody_can_finish_it)
{
	const char *token = token_of(1);

	(void)ask_code(token);
	reap();
	cr_assert_eq(give_code(token, next_code()).status, 200, "the living is let alone");
	kit_clock(k, 1801);
	(void)token_of(2);
	reap();
	cr_assert_str_eq(kit_sql(k, "SELECT phone FROM signup"), phone_number(2));
}

Test(reap_under, the_codes_of_today_are_counted_on_though_their_sign_up_is_gone)
{
	world_open_with("DURE_CODE_DAILY_MAX", "1");
	cr_assert_eq(ask_code(token_of(1)).status, 202);
	kit_clock(k, 1801);
	reap();
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM signup"), "0");
	cr_assert_str_eq(ask_code(token_of(1)).slug, "verification.daily_limit");
	kit_clock(k, 2 * 86400);
	reap();
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM verification"), "0");
}

Test(reap, sessions_and_tokens_go_when_no_token_of_theirs_can_live)
{
	struct login old, kept;
	struct kit_reply r;

	(void)join(1);
	old = log_in(1);
	kept = log_in(1);
	kit_clock(k, 1209600 - 60);
	r = refresh(kept.refresh);
	kept = tokens_of(&r);
	kit_clock(k, 3 * 86400);
	reap();
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM session"), "1");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM access_token"), "0");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM refresh_token"), "2", "the living family keeps its used ones");
	cr_assert_eq(refresh(kept.refresh).status, 200);
	cr_assert_str_eq(refresh(old.refresh).slug, "session.ended");
}

Test(reap, an_access_token_that_lives_stays_for_the_blacklist)
{
	struct login l;

	(void)join(1);
	l = log_in(1);
	kit_clock(k, 540);
	reap();
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM access_token"), "1");
	cr_assert_eq(log_out(&l).status, 204);
	cr_assert(gate(&l).blacklisted);
}

Test(reap, a_revoked_session_stays_known_as_long_as_its_tokens_might)
{
	struct login l;

	(void)join(1);
	l = log_in(1);
	cr_assert_eq(log_out(&l).status, 204);
	kit_clock(k, 7 * 86400);
	reap();
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM session WHERE revoked_at IS NOT NULL"), "1");
}
