/* Log-out: Redis knows before the answer, and however the process dies; and nobody comes back by a flush. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "tests/integration/auth/world.h"

TestSuite(logout, .init = world_open, .fini = world_close, .timeout = 120);

Test(logout, the_answer_comes_behind_tombstone_and_blacklist)
{
	struct login l, second;
	struct kit_reply r;

	(void)join(1);
	l = log_in(1);
	r = refresh(l.refresh);
	second = tokens_of(&r);
	cr_assert_eq(log_out(&l).status, 204);
	cr_assert_eq(gate(&l).session.state, SESSION_REVOKED);
	cr_assert(gate(&l).blacklisted && gate(&second).blacklisted, "every access token of the session");
	cr_assert_geq(atoi(kit_redis_own("PTTL session:%s", id_of(l.session))), 595000, "until the last token's end");
	cr_assert_geq(atoi(kit_redis_own("PTTL blacklist:%s", id_of(l.jti))), 595000);
	cr_assert(text_is(((const struct session_revoked_v1 *)kit_event(k, &session_revoked_v1_event))->reason, "logout"));
}

Test(logout, twice_is_no_error_and_one_event)
{
	struct login l;

	(void)join(1);
	l = log_in(1);
	cr_assert_eq(log_out(&l).status, 204);
	cr_assert_eq(log_out(&l).status, 204);
	(void)kit_event(k, &session_revoked_v1_event);
	cr_assert(kit_no_event(k));
}

Test(logout, it_ends_this_session_and_no_other)
{
	struct login here, there;

	(void)join(1);
	here = log_in(1);
	there = log_in(1);
	cr_assert_eq(log_out(&here).status, 204);
	cr_assert_eq(gate(&there).session.state, SESSION_ALIVE);
	cr_assert_not(gate(&there).blacklisted);
	cr_assert_eq(refresh(there.refresh).status, 200);
}

static struct login stuck;

static void *
log_out_stuck(void *unused)
{
	(void)unused;
	kit_sure(log_out(&stuck).status == 204);
	return NULL;
}

/* Held where a kill would strike: committed, Redis not told. What then happens is what happens after the kill. */
Test(logout, a_process_that_dies_before_telling_redis_has_left_a_job_that_does)
{
	pthread_t thread;

	(void)join(1);
	stuck = log_in(1);
	kit_fault(k, "logout.committed=hold");
	cr_assert_eq(pthread_create(&thread, NULL, log_out_stuck, NULL), 0);
	kit_until(5000, *kit_sql(k, "SELECT 1 FROM session WHERE revoked_at IS NOT NULL") != '\0');
	cr_assert_str_eq(kit_sql(k, "SELECT key FROM jobs WHERE kind = 'session_copy'"),
	    kit_print("%s 2", id_of(stuck.session)));
	cr_assert_eq(gate(&stuck).session.state, SESSION_ALIVE, "Redis has not heard yet");
	cr_assert_null(kit_job(k, "session_copy", id_of(stuck.session), ""));
	cr_assert_eq(gate(&stuck).session.state, SESSION_REVOKED);
	cr_assert(gate(&stuck).blacklisted);
	kit_fault(k, "");
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_assert_null(kit_job(k, "session_copy", id_of(stuck.session), ""), "again does no harm");
	cr_assert_eq(gate(&stuck).session.state, SESSION_REVOKED);
}

Test(logout, without_redis_it_is_a_503_whose_job_finishes_the_work)
{
	struct login l;
	struct kit_reply r;

	(void)join(1);
	l = log_in(1);
	redis_is_down();
	r = log_out(&l);
	cr_assert_eq(r.status, 503);
	cr_assert_gt(atoi(kit_header(&r, "Retry-After")), 0);
	cr_assert_not_null(kit_job(k, "session_copy", id_of(l.session), ""), "the job fails too, and will be tried again");
	redis_is_back();
	cr_assert_null(kit_job(k, "session_copy", id_of(l.session), ""));
	cr_assert_eq(gate(&l).session.state, SESSION_REVOKED);
}

static struct kit_reply
restore(const struct login *l)
{
	struct kit_reply r;

	kit_as_service(k);
	r = kit_call(k, kit_print("POST /internal/sessions/%s/restore", id_of(l->session)), NULL);
	kit_as_nobody(k);
	return r;
}

Test(logout, after_a_flush_the_living_come_back_and_the_dead_stay_dead)
{
	struct person p = join(1);
	struct login alive = log_in(1), dead = log_in(1);
	struct kit_reply r;

	cr_assert_eq(log_out(&dead).status, 204);
	redis_forgets(&alive);
	redis_forgets(&dead);
	cr_assert_eq(gate(&alive).session.state, SESSION_ABSENT);
	cr_assert_eq(gate(&dead).session.state, SESSION_ABSENT);
	r = restore(&alive);
	cr_assert_eq(r.status, 200);
	cr_assert_str_eq(kit_json_text(r.body, "state"), "alive");
	cr_assert_str_eq(kit_json_text(r.body, "permissions"), "1fffffffff");
	cr_assert_str_eq(kit_json_text(r.body, "companyId"), id_of(p.company));
	r = restore(&dead);
	cr_assert_str_eq(kit_json_text(r.body, "state"), "revoked");
	cr_assert_eq(gate(&alive).session.state, SESSION_ALIVE);
	cr_assert_eq(gate(&dead).session.state, SESSION_REVOKED);
	cr_assert(gate(&dead).blacklisted && !gate(&alive).blacklisted);
}

Test(logout, only_services_restore_and_only_what_was)
{
	struct login l, never = { .session = uuid_new() };

	(void)join(1);
	l = log_in(1);
	cr_assert_eq(restore(&never).status, 404);
	cr_assert_eq(kit_call(k, kit_print("POST /internal/sessions/%s/restore", id_of(l.session)), NULL).status, 401);
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, kit_print("POST /internal/sessions/%s/restore", id_of(l.session)), NULL).status, 403);
}

struct putting { struct uuid sid; struct session s; };

static const struct err *
put(struct req *rq, void *arg)
{
	const struct putting *p = arg;

	return session_put(rq, rq->app->redis, p->sid, &p->s, rq->now_us + seconds_us(600));
}

Test(logout, an_older_version_never_raises_the_dead)
{
	struct login l;
	struct putting late;

	(void)join(1);
	l = log_in(1);
	late = (struct putting){ l.session, gate(&l).session };
	cr_assert_eq(late.s.version, 1);
	cr_assert_eq(log_out(&l).status, 204);
	cr_assert_null(kit_part(k, TX_NONE, put, &late), "a slow writer from before the log-out");
	cr_assert_eq(gate(&l).session.state, SESSION_REVOKED);
	late.s.version = 2;
	cr_assert_null(kit_part(k, TX_NONE, put, &late), "and one of the same version");
	cr_assert_eq(gate(&l).session.state, SESSION_REVOKED);
}
