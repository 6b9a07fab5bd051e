/* A Redis that is frozen, gone, full or badly set up: refused quickly, found again, never a hang. */
#include "common/core/clock.h"
#include "tests/integration/session/stand.h"
#include "tests/kit/kit.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

TestSuite(outage, .init = stand_open, .fini = stand_close, .timeout = 60);

Test(outage, an_entry_of_another_kind_fails_closed)
{
	struct gate_answer out;

	cr_assert(server_tell(&server, "SET session:01000000-0000-0000-0000-000000000000 x"));
	expect_down(session_gate(&rq, pool, sid, jti, NULL, 0, &out));
}

Test(outage, no_limit_asked_for_is_no_question_to_redis)
{
	static const struct limit_ask none = { "x", 0, 0 };
	struct limit_answer           out;

	server_freeze(&server);
	cr_assert_null(session_limits(&rq, pool, &none, 1, &out));
	cr_assert_not(out.over);
	cr_assert_null(session_limits(&rq, pool, NULL, 0, &out));
	server_thaw(&server);
}

Test(outage, a_frozen_redis_costs_one_timeout_then_nothing_and_comes_back)
{
	struct gate_answer out;
	int64_t            began;

	put(SESSION_ALIVE, 1, 600);
	server_freeze(&server);
	began = clock_mono_us();
	expect_down(session_gate(&rq, pool, sid, jti, NULL, 0, &out));
	int64_t first = clock_mono_us() - began;
	cr_assert(first >= (TIMEOUT_MS - 50) * 1000 && first < (TIMEOUT_MS + 250) * 1000, "%lld us", (long long)first);
	began = clock_mono_us();
	for (int i = 0; i < 100; i++)
		expect_down(session_gate(&rq, pool, sid, jti, NULL, 0, &out));
	cr_assert_lt(clock_mono_us() - began, 100000, "the breaker refuses at once");
	cr_assert_eq(kit_metric("dure_redis_up"), 0);
	cr_assert_eq(kit_metric("dure_redis_errors_total{reason=\"failed\"}"), 1);
	cr_assert_eq(kit_metric("dure_redis_errors_total{reason=\"refused\"}"), 100);
	server_thaw(&server);
	(void)usleep(250000);
	cr_assert_eq(gate().session.state, SESSION_ALIVE);
	cr_assert_eq(kit_metric("dure_redis_up"), 1);
	cr_assert_eq(kit_metric("dure_redis_waiting"), 0);
	cr_assert_eq(kit_metric("dure_session_lookups_total{found=\"alive\"}"), 1);
	cr_assert_eq(kit_metric("dure_blacklist_lookups_total{found=\"clear\"}"), 1);
}

struct crowd { int64_t longest_us; int well; };

static void *
one_of_the_crowd(void *arg)
{
	struct crowd *c = arg;
	struct req    mine = { .mem = arena_open(1 << 18), .now_us = clock_now_us() };

	for (int i = 0; i < 5; i++) {
		struct gate_answer out;
		int64_t            began = clock_mono_us();
		const struct err  *e = session_gate(&mine, pool, sid, jti, NULL, 0, &out);
		int64_t            took = clock_mono_us() - began;

		c->well += e == NULL;
		if (took > c->longest_us)
			c->longest_us = took;
	}
	arena_close(&mine.mem);
	return NULL;
}

static struct crowd
crowd_asks(void)
{
	enum { CROWD = 64 };
	struct crowd each[CROWD] = { { 0 } }, all = { 0 };
	pthread_t    thread[CROWD];

	for (int i = 0; i < CROWD; i++)
		cr_assert_eq(pthread_create(&thread[i], NULL, one_of_the_crowd, &each[i]), 0);
	for (int i = 0; i < CROWD; i++) {
		cr_assert_eq(pthread_join(thread[i], NULL), 0);
		all.well += each[i].well;
		if (each[i].longest_us > all.longest_us)
			all.longest_us = each[i].longest_us;
	}
	return all;
}

Test(outage, sixty_four_threads_share_a_connection_and_none_hangs_on_a_frozen_redis)
{
	struct crowd c = crowd_asks();

	cr_assert_eq(c.well, 64 * 5);
	cr_assert_leq(server_clients(&server), 1 + 1);
	server_freeze(&server);
	int64_t began = clock_mono_us();
	c = crowd_asks();
	cr_assert_eq(c.well, 0);
	cr_assert_lt(c.longest_us, (TIMEOUT_MS + 250) * 1000, "%lld us", (long long)c.longest_us);
	cr_assert_lt(clock_mono_us() - began, 2 * TIMEOUT_MS * 1000 + 500000, "not a timeout for each");
	server_thaw(&server);
	(void)usleep(250000);
	(void)gate();
}

Test(outage, a_callers_own_deadline_is_kept_and_blames_nobody)
{
	struct gate_answer out;
	int64_t            began;

	put(SESSION_ALIVE, 1, 600);
	server_freeze(&server);
	began = clock_mono_us();
	rq.deadline_us = began + 30000;
	expect_down(session_gate(&rq, pool, sid, jti, NULL, 0, &out));
	cr_assert_lt(clock_mono_us() - began, 150000);
	server_thaw(&server);
	rq.deadline_us = 0;
	cr_assert_eq(gate().session.state, SESSION_ALIVE, "the breaker stayed closed");
	rq.deadline_us = clock_mono_us() - 1;
	expect_down(session_gate(&rq, pool, sid, jti, NULL, 0, &out));
	rq.deadline_us = 0;
}

Test(outage, a_restart_is_not_noticed_by_the_caller)
{
	put(SESSION_ALIVE, 1, 600);
	server_restart(&server);
	cr_assert_eq(gate().session.state, SESSION_ABSENT);
	put(SESSION_ALIVE, 1, 600);
	cr_assert_eq(gate().session.state, SESSION_ALIVE);
}

Test(outage, a_redis_that_is_not_there_is_busy_and_found_when_it_comes)
{
	struct redis_pool *nowhere;
	struct gate_answer out;

	cr_assert_null(redis_pool_open(&rq, &nowhere, "unix:///tmp/no_such_redis.sock", TIMEOUT_MS));
	expect_down(session_gate(&rq, nowhere, sid, jti, NULL, 0, &out));
	expect_down(redis_ready(&rq, nowhere));
	expect_down(session_blacklist(&rq, nowhere, jti, rq.now_us));
	(void)usleep(250000);
	expect_down(session_put(&rq, nowhere, sid, &(struct session){ .state = SESSION_REVOKED, .who = WHO_STAFF }, rq.now_us));
	redis_pool_close(&nowhere);
	cr_assert_not_null(redis_pool_open(&rq, &nowhere, "nonsense", TIMEOUT_MS));
	cr_assert_not_null(redis_pool_open(&rq, &nowhere, server.url, 0));
}

Test(outage, ready_wants_noeviction_and_sees_it_without_config_too)
{
	cr_assert_null(redis_ready(&rq, pool));
	cr_assert(server_tell(&server, "CONFIG SET maxmemory-policy allkeys-lru"));
	expect_down(redis_ready(&rq, pool));
	cr_assert(server_tell(&server, "ACL SETUSER default -config"));
	expect_down(redis_ready(&rq, pool));
	cr_assert(server_tell(&server, "ACL SETUSER default +config"));
	cr_assert(server_tell(&server, "CONFIG SET maxmemory-policy noeviction"));
	cr_assert(server_tell(&server, "ACL SETUSER default -config"));
	cr_assert_null(redis_ready(&rq, pool));
}

Test(outage, a_redis_that_is_full_refuses_writes_and_we_say_so)
{
	struct session s = alive(1);

	cr_assert(server_tell(&server, "CONFIG SET maxmemory 1"));
	begin();
	expect_down(session_put(&rq, pool, sid, &s, rq.now_us + 600 * SECOND));
	cr_assert(server_tell(&server, "CONFIG SET maxmemory 0"));
	put(SESSION_ALIVE, 1, 600);
}
