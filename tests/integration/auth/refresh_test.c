/* Refresh: each token once, the same successor for an impatient caller, the end of the family for a thief. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "tests/integration/auth/world.h"

TestSuite(refresh, .init = world_open, .fini = world_close, .timeout = 120);

static struct login
joined_and_in(void)
{
	(void)join(1);
	return log_in(1);
}

static struct login
next(const char *token)
{
	struct kit_reply r = refresh(token);

	if (r.status != 200)
		kit_fail("refresh: %d %s", r.status, r.body);
	return tokens_of(&r);
}

Test(refresh, it_gives_a_successor_and_a_token_of_the_same_session)
{
	struct login first = joined_and_in(), second = next(first.refresh);

	cr_assert_str_neq(second.refresh, first.refresh);
	cr_assert_eq(strlen(second.refresh), 43);
	cr_assert(uuid_eq(second.session, first.session) && uuid_eq(second.user, first.user) && !uuid_eq(second.jti, first.jti));
	cr_assert_not(database_holds(second.refresh), "a dump yields no successor");
}

Test(refresh, twenty_at_once_with_one_token_all_get_the_one_successor)
{
	struct kit_reply replies[20];
	struct login first = joined_and_in();

	/* Long enough that all that may stand in one another's way do. */
	(void)kit_sql(k,
	    "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END'; "
	    "CREATE TRIGGER slowly BEFORE UPDATE ON refresh_token FOR EACH ROW EXECUTE FUNCTION slowly()");
	at_once(20, replies, refresh, first.refresh);
	cr_assert_eq(count_status(replies, 20, 200), 20);
	for (int i = 1; i < 20; i++)
		cr_assert_str_eq(kit_json_text(replies[i].body, "refreshToken"), kit_json_text(replies[0].body, "refreshToken"));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), max(generation) FROM refresh_token"), "2|2");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM access_token"), "21");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM session WHERE revoked_at IS NULL"), "1");
}

Test(refresh, within_ten_seconds_the_same_token_yields_the_same_successor)
{
	struct login first = joined_and_in(), second = next(first.refresh);

	kit_clock(k, 9);
	cr_assert_str_eq(next(first.refresh).refresh, second.refresh);
	cr_assert_str_neq(next(second.refresh).refresh, second.refresh, "which is good");
}

static bool
blacklisted(const struct login *l)
{
	return gate(l).blacklisted;
}

Test(refresh, after_the_grace_a_used_token_ends_the_family)
{
	struct login first = joined_and_in(), second = next(first.refresh), third = next(second.refresh);
	const struct session_revoked_v1 *ev;
	struct kit_reply r;

	kit_clock(k, 11);
	r = refresh(first.refresh);
	cr_assert(r.status == 401 && strcmp(r.slug, "token_reused") == 0, "%d %s", r.status, r.slug);
	cr_assert_null(kit_json_text(r.body, "accessToken"));
	cr_assert_eq(gate(&third).session.state, SESSION_REVOKED, "the tombstone stands in Redis before the answer");
	cr_assert(blacklisted(&first) && blacklisted(&second) && blacklisted(&third));
	cr_assert_eq(refresh(third.refresh).status, 401, "the newest is dead as well");
	cr_assert_eq(refresh(second.refresh).status, 401);
	ev = kit_event(k, &session_revoked_v1_event);
	cr_assert(uuid_eq(ev->session_id, first.session) && text_is(ev->reason, "token_reused"));
	cr_assert(kit_no_event(k), "once, however often it is tried");
	(void)log_in(1);      /* the owner */
}

Test(refresh, a_thief_at_the_end_of_the_grace_ends_it_too)
{
	struct login first = joined_and_in(), second = next(first.refresh);

	kit_clock(k, 11);
	cr_assert_str_eq(refresh(first.refresh).slug, "token_reused", "though the successor is unused");
	cr_assert_eq(refresh(second.refresh).status, 401);
}

Test(refresh, once_the_successor_was_used_its_parent_has_no_grace)
{
	struct login first = joined_and_in(), second = next(first.refresh);

	(void)next(second.refresh);
	cr_assert_str_eq(refresh(first.refresh).slug, "token_reused");
	cr_assert_eq(gate(&first).session.state, SESSION_REVOKED);
}

Test(refresh, one_family_ends_and_the_others_live)
{
	struct login here = joined_and_in(), there = log_in(1), after = next(here.refresh);

	(void)next(after.refresh);
	cr_assert_str_eq(refresh(here.refresh).slug, "token_reused");
	cr_assert_eq(gate(&there).session.state, SESSION_ALIVE);
	(void)next(there.refresh);
}

Test(refresh, a_session_that_has_ended_gives_nothing)
{
	struct login l = joined_and_in();

	cr_assert_eq(log_out(&l).status, 204);
	cr_assert_str_eq(refresh(l.refresh).slug, "session.ended");
}

Test(refresh, an_unused_token_dies_in_its_time_and_a_used_family_lives_on)
{
	struct login l = joined_and_in(), other = log_in(1), later;

	kit_clock(k, 1209600 - 60);
	later = next(l.refresh);
	kit_clock(k, 61);
	cr_assert_str_eq(refresh(other.refresh).slug, "session.ended");
	(void)next(later.refresh);
}

Test(refresh, a_token_nobody_was_given_is_refused)
{
	cr_assert_str_eq(refresh("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").slug, "session.ended");
}

Test(refresh, a_user_who_is_gone_gets_nothing)
{
	struct login l = joined_and_in();

	(void)kit_sql(k, "UPDATE users SET deleted_at = created_at");
	cr_assert_str_eq(refresh(l.refresh).slug, "session.ended");
}

Test(refresh, without_redis_it_is_a_503_and_the_same_token_works_again_at_once)
{
	struct login l = joined_and_in();
	struct kit_reply r;

	redis_is_down();
	r = refresh(l.refresh);
	cr_assert_eq(r.status, 503);
	cr_assert_gt(atoi(kit_header(&r, "Retry-After")), 0);
	redis_is_back();
	(void)next(l.refresh);
}

Test(refresh, a_theft_seen_without_redis_is_told_to_redis_by_the_job)
{
	struct login l = joined_and_in(), second = next(l.refresh);
	char id[UUID_CHARS + 1];

	kit_clock(k, 11);
	redis_is_down();
	cr_assert_eq(refresh(l.refresh).status, 503);
	redis_is_back();
	cr_assert_eq(gate(&second).session.state, SESSION_ALIVE);
	uuid_print(l.session, id);
	cr_assert_str_eq(kit_sql(k, "SELECT key FROM jobs WHERE kind = 'session_copy'"), kit_print("%s 2", id));
	cr_assert_null(kit_job(k, "session_copy", id, ""));
	cr_assert_eq(gate(&second).session.state, SESSION_REVOKED);
	cr_assert(blacklisted(&second));
}
