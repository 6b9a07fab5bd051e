/* One's own sessions: seen, and ended one by one or all but this one. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "tests/integration/auth/world.h"

TestSuite(sessions, .init = world_open, .fini = world_close, .timeout = 120);

static struct kit_reply
call(const struct login *who, const char *route)
{
	struct kit_reply r;

	kit_as(k, (struct kit_who){ .who = WHO_STAFF, .user = who->user, .session = who->session });
	r = kit_call(k, route, NULL);
	kit_as_nobody(k);
	return r;
}

Test(sessions, the_list_says_where_one_is_logged_in_and_which_one_asks)
{
	struct login old, here;
	struct kit_reply r;

	(void)join(1);
	(void)join(2);
	old = log_in(1);
	(void)log_in(2);
	kit_clock(k, 100);
	here = log_in(1);
	kit_clock(k, 100);
	cr_assert_eq(refresh(old.refresh).status, 200);
	r = call(&here, "GET /api/sessions");
	cr_assert_eq(r.status, 200);
	cr_assert_eq(kit_json_length(r.body, "items"), 2, "%s", r.body);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.sessionId"), id_of(here.session));
	cr_assert_str_eq(kit_json_text(r.body, "items.0.current"), "true");
	cr_assert_str_eq(kit_json_text(r.body, "items.1.current"), "false");
	cr_assert_str_eq(kit_json_text(r.body, "items.1.ip"), "127.0.0.1");
	cr_assert_gt(strcmp(kit_json_text(r.body, "items.1.lastSeenAt"), kit_json_text(r.body, "items.0.lastSeenAt")), 0,
	    "a refresh is a sign of life");
	cr_assert_str_eq(kit_json_text(r.body, "nextCursor"), "null");
}

Test(sessions, it_comes_in_pages_and_without_those_that_ended)
{
	struct login l[4];
	struct kit_reply r;

	(void)join(1);
	for (size_t i = 0; i < COUNT_OF(l); i++)
		l[i] = log_in(1);
	cr_assert_eq(log_out(&l[1]).status, 204);
	r = call(&l[3], "GET /api/sessions?limit=2");
	cr_assert_str_eq(kit_json_text(r.body, "items.1.sessionId"), id_of(l[2].session));
	r = call(&l[3], kit_print("GET /api/sessions?limit=2&cursor=%s", kit_json_text(r.body, "nextCursor")));
	cr_assert_eq(kit_json_length(r.body, "items"), 1);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.sessionId"), id_of(l[0].session));
	kit_clock(k, 15 * 24 * 3600);
	cr_assert_eq(kit_json_length(call(&l[3], "GET /api/sessions").body, "items"), 0, "nobody refreshed them");
}

Test(sessions, one_is_ended_by_its_owner_only)
{
	struct login here, there, stranger;
	struct kit_reply r;

	(void)join(1);
	(void)join(2);
	here = log_in(1);
	there = log_in(1);
	stranger = log_in(2);
	r = call(&stranger, kit_print("DELETE /api/sessions/%s", id_of(there.session)));
	cr_assert_eq(r.status, 404);
	cr_assert_eq(gate(&there).session.state, SESSION_ALIVE);
	cr_assert_eq(call(&here, kit_print("DELETE /api/sessions/%s", id_of(there.session))).status, 204);
	cr_assert(gate(&there).session.state == SESSION_REVOKED && gate(&there).blacklisted);
	cr_assert_eq(gate(&here).session.state, SESSION_ALIVE);
	cr_assert_eq(refresh(there.refresh).status, 401);
	cr_assert_eq(call(&here, kit_print("DELETE /api/sessions/%s", id_of(there.session))).status, 204, "again");
	(void)kit_event(k, &session_revoked_v1_event);
	cr_assert(kit_no_event(k));
	cr_assert_eq(call(&here, kit_print("DELETE /api/sessions/%s", id_of(uuid_new()))).status, 404);
	cr_assert_eq(kit_call(k, kit_print("DELETE /api/sessions/%s", id_of(here.session)), NULL).status, 401);
}

Test(sessions, all_others_end_at_once_and_this_one_stays)
{
	struct login l[3], stranger;

	(void)join(1);
	(void)join(2);
	stranger = log_in(2);
	for (size_t i = 0; i < COUNT_OF(l); i++)
		l[i] = log_in(1);
	cr_assert_eq(call(&l[1], "DELETE /api/sessions/others").status, 204);
	cr_assert(gate(&l[0]).session.state == SESSION_REVOKED && gate(&l[0]).blacklisted);
	cr_assert(gate(&l[2]).session.state == SESSION_REVOKED && gate(&l[2]).blacklisted);
	cr_assert(gate(&l[1]).session.state == SESSION_ALIVE && gate(&stranger).session.state == SESSION_ALIVE);
	for (int i = 0; i < 2; i++)
		cr_assert(text_is(((const struct session_revoked_v1 *)kit_event(k, &session_revoked_v1_event))->reason,
		    "logout_others"));
	cr_assert_eq(call(&l[1], "DELETE /api/sessions/others").status, 204, "when there are none");
	cr_assert(kit_no_event(k));
}

static void *
end_others(void *who)
{
	kit_sure(call(who, "DELETE /api/sessions/others").status == 204);
	return NULL;
}

/* Held where a kill would strike: committed, Redis not told. */
Test(sessions, a_process_that_dies_on_the_way_has_left_a_job_for_each)
{
	struct login here, there;
	pthread_t thread;

	(void)join(1);
	here = log_in(1);
	there = log_in(1);
	kit_fault(k, "logout.others_committed=hold");
	cr_assert_eq(pthread_create(&thread, NULL, end_others, &here), 0);
	kit_until(5000, *kit_sql(k, "SELECT 1 FROM session WHERE revoked_at IS NOT NULL") != '\0');
	cr_assert_eq(gate(&there).session.state, SESSION_ALIVE, "Redis has not heard yet");
	cr_assert_null(kit_job(k, "session_copy", kit_sql(k, "SELECT key FROM jobs WHERE kind = 'session_copy'"), ""));
	cr_assert_eq(gate(&there).session.state, SESSION_REVOKED);
	kit_fault(k, "");
	cr_assert_eq(pthread_join(thread, NULL), 0);
}

Test(sessions, one_that_is_restored_has_been_seen)
{
	struct login l;

	(void)join(1);
	l = log_in(1);
	kit_clock(k, 700);
	redis_forgets(&l);
	kit_as_service(k);
	cr_assert_eq(kit_call(k, kit_print("POST /internal/sessions/%s/restore", id_of(l.session)), NULL).status, 200);
	cr_assert_str_eq(kit_sql(k, "SELECT last_seen_at - created_at > interval '10 minutes' FROM session"), "t");
	kit_clock(k, 60);
	cr_assert_eq(kit_call(k, kit_print("POST /internal/sessions/%s/restore", id_of(l.session)), NULL).status, 200);
	cr_assert_str_eq(kit_sql(k, "SELECT last_seen_at - created_at < interval '12 minutes' FROM session"), "t",
	    "not written at every sign of life");
}
