/* Sessions, blacklist and limits against a real Redis. */
#include "common/core/clock.h"
#include "tests/integration/session/stand.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

TestSuite(session, .init = stand_open, .fini = stand_close, .timeout = 60);

Test(session, what_was_put_is_what_the_gate_says)
{
	struct gate_answer g = gate();

	cr_assert_eq(g.session.state, SESSION_ABSENT);
	cr_assert_not(g.blacklisted);
	put(SESSION_ALIVE, 7, 600);
	g = gate();
	cr_assert_eq(g.session.state, SESSION_ALIVE);
	cr_assert_eq(g.session.who, WHO_STAFF);
	cr_assert(uuid_eq(g.session.user, alive(7).user) && uuid_eq(g.session.company, alive(7).company));
	cr_assert_eq(g.session.permissions, 0x1fffffffffULL);
	cr_assert_eq(g.session.version, 7);
}

Test(session, an_older_version_is_refused_and_a_newer_one_is_not)
{
	struct session s = alive(5);

	put(SESSION_ALIVE, 5, 600);
	s.version = 4;
	s.permissions = 0;
	begin();
	cr_assert_null(session_put(&rq, pool, sid, &s, rq.now_us + 600 * SECOND), "not an error: the newer is right");
	cr_assert_eq(gate().session.version, 5);
	cr_assert_eq(gate().session.permissions, 0x1fffffffffULL);
	put(SESSION_ALIVE, 6, 600);
	cr_assert_eq(gate().session.version, 6);
}

Test(session, a_tombstone_wins_over_its_own_version_and_all_before)
{
	put(SESSION_ALIVE, 5, 600);
	put(SESSION_REVOKED, 6, 600);
	cr_assert_eq(gate().session.state, SESSION_REVOKED);
	put(SESSION_ALIVE, 5, 600);
	cr_assert_eq(gate().session.state, SESSION_REVOKED);
	put(SESSION_ALIVE, 6, 600);
	cr_assert_eq(gate().session.state, SESSION_REVOKED, "equal versions: revoked stays revoked");
	put(SESSION_ALIVE, 7, 600);
	cr_assert_eq(gate().session.state, SESSION_ALIVE);
}

Test(session, versions_are_compared_as_numbers)
{
	put(SESSION_ALIVE, 10, 600);
	put(SESSION_ALIVE, 9, 600);
	cr_assert_eq(gate().session.version, 10);
}

Test(session, redis_forgets_it_by_itself_when_its_last_token_ends)
{
	put(SESSION_ALIVE, 1, 600);
	long long ms = server_ask(&server, "PTTL session:01000000-0000-0000-0000-000000000000");
	cr_assert(ms > 595000 && ms <= 600000, "%lld", ms);
}

/* Writes the offset that moves the business clock of test builds, and waits until it was seen: it
 * is looked at every 10 ms. */
static void
move_clock(const char *file, int64_t seconds)
{
	int64_t was = clock_now_us();
	FILE   *f = fopen(file, "w");

	cr_assert_not_null(f);
	cr_assert_geq(fprintf(f, "%lld", (long long)(seconds * SECOND)), 1);
	cr_assert_eq(fclose(f), 0);
	while (clock_now_us() < was + seconds * SECOND)
		(void)usleep(1000);
}

Test(session, a_moved_clock_ends_what_redis_would_still_keep)
{
	char file[] = "/tmp/session_clock_XXXXXX";

	close(mkstemp(file));
	clock_offset_file(file);
	put(SESSION_REVOKED, 5, 600);
	begin();
	cr_assert_null(session_blacklist(&rq, pool, jti, rq.now_us));
	cr_assert(gate().blacklisted);
	move_clock(file, 601);
	cr_assert_eq(gate().session.state, SESSION_ABSENT);
	cr_assert_not(gate().blacklisted);
	put(SESSION_ALIVE, 1, 600);
	cr_assert_eq(gate().session.state, SESSION_ALIVE, "what has expired does not stand in the way");
	(void)unlink(file);
}

Test(session, an_entry_that_cannot_be_read_is_absent_and_a_blacklist_entry_counts)
{
	cr_assert(server_tell(&server, "HSET session:01000000-0000-0000-0000-000000000000 u x a 1 v 1"));
	cr_assert(server_tell(&server, "SET blacklist:02000000-0000-0000-0000-000000000000 what"));
	cr_assert_eq(gate().session.state, SESSION_ABSENT);
	cr_assert(gate().blacklisted);
}

static long long
blacklist_life_s(int64_t token_life_s)
{
	begin();
	cr_assert_null(session_blacklist(&rq, pool, jti, rq.now_us + token_life_s * SECOND));
	return (server_ask(&server, "PTTL blacklist:02000000-0000-0000-0000-000000000000") + 999) / 1000;
}

Test(session, the_blacklist_outlives_the_token_by_a_minute_and_stays_ten_at_least)
{
	cr_assert_not(gate().blacklisted);
	cr_assert_eq(blacklist_life_s(1000), 1060);
	cr_assert(gate().blacklisted);
	cr_assert_eq(blacklist_life_s(600), 660);
	cr_assert_eq(blacklist_life_s(10), 600);
	cr_assert_eq(blacklist_life_s(-5000), 600);
	cr_assert(gate().blacklisted);
}

Test(session, a_flush_makes_it_absent_and_takes_the_scripts_along_without_harm)
{
	static const struct limit_ask ask = { "ip:1", 5, 60 };
	struct gate_answer            out;

	put(SESSION_REVOKED, 5, 600);
	cr_assert(server_tell(&server, "FLUSHALL"));
	cr_assert(server_tell(&server, "SCRIPT FLUSH"));
	cr_assert_eq(gate().session.state, SESSION_ABSENT);
	begin();
	cr_assert_null(session_gate(&rq, pool, sid, jti, &ask, 1, &out));
	cr_assert_eq(out.limits[0].remaining, 4);
	put(SESSION_ALIVE, 6, 600);
	cr_assert_eq(gate().session.state, SESSION_ALIVE);
}

/* Waits out a window that is about to end, so that the counts below fall into one. */
static void
not_at_the_edge(int window_s)
{
	while (clock_now_us() / SECOND % window_s > window_s - 3)
		(void)usleep(100000);
	begin();
}

Test(session, limits_count_for_all_pools_together)
{
	static const struct limit_ask asks[3] = { { "login:ip:1", 3, 60 }, { "none", 0, 0 }, { "all:ip:1", 100, 3600 } };
	struct redis_pool  *second;
	struct limit_answer out[3];
	struct gate_answer  g;

	not_at_the_edge(60);
	cr_assert_null(redis_pool_open(&rq, &second, server.url, TIMEOUT_MS));
	for (int i = 1; i <= 5; i++) {
		cr_assert_null(session_limits(&rq, i % 2 ? pool : second, asks, 3, out));
		cr_assert_eq(out[0].over, i > 3);
		cr_assert_eq(out[0].remaining, i > 3 ? 0 : 3 - i);
		cr_assert(!out[1].over && out[1].remaining == 0 && out[1].reset_s == 0);
		cr_assert_eq(out[2].remaining, 100 - i);
	}
	int64_t left = 60 - rq.now_us / SECOND % 60;
	cr_assert(out[0].reset_s >= left - 1 && out[0].reset_s <= left + 1);
	cr_assert_null(session_gate(&rq, second, sid, jti, asks, 3, &g));
	cr_assert(g.limits[0].over, "the gate counts in the same place");
	cr_assert_eq(g.limits[2].remaining, 94);
	redis_pool_close(&second);
}

Test(session, a_new_window_begins_at_nothing_and_the_old_counter_goes)
{
	static const struct limit_ask ask = { "w", 1, 10 };
	struct limit_answer           out;

	cr_assert_null(session_limits(&rq, pool, &ask, 1, &out));
	cr_assert_null(session_limits(&rq, pool, &ask, 1, &out));
	cr_assert(out.over);
	rq.now_us += 10 * SECOND;
	cr_assert_null(session_limits(&rq, pool, &ask, 1, &out));
	cr_assert_not(out.over);
	cr_assert_eq(server_ask(&server, "EVAL %s 0",
	    "for _, k in ipairs(redis.call('KEYS', 'limit:*')) do if redis.call('PTTL', k) < 1 then return 0 end end return 1"),
	    1, "every counter has an end");
}

Test(session, what_is_given_back_was_not_counted)
{
	static const struct limit_ask asks[2] = { { "back", 2, 10 }, { "off", 0, 10 } };
	struct limit_answer           out[2];

	for (int i = 0; i < 10; i++) {
		cr_assert_null(session_limits(&rq, pool, asks, 2, out));
		cr_assert(!out[0].over && out[0].remaining == 1, "pass %d", i);
		cr_assert_null(session_limits_back(&rq, pool, asks, 2));
	}
	cr_assert_null(session_limits_back(&rq, pool, asks, 2), "never below nothing");
	cr_assert_null(session_limits(&rq, pool, asks, 2, out));
	cr_assert_eq(out[0].remaining, 1);
	rq.now_us += 10 * SECOND;
	cr_assert_null(session_limits_back(&rq, pool, asks, 2), "a window that is over stays as it was");
	cr_assert_null(session_limits(&rq, pool, asks, 2, out));
	cr_assert_eq(out[0].remaining, 1);
}

Test(session, password_and_database_of_the_url_are_used)
{
	struct redis_pool *other;
	struct gate_answer out;
	char               url[200];

	cr_assert(server_tell(&server, "ACL SETUSER gate on >s%%40fe ~* +@all"));
	cr_assert(server_tell(&server, "ACL SETUSER default off"));
	(void)snprintf(url, sizeof(url), "unix://gate:s%%2540fe@%s?db=3", server.socket);
	cr_assert_null(redis_pool_open(&rq, &other, url, TIMEOUT_MS));
	cr_assert_null(session_put(&rq, other, sid, &(struct session){ .state = SESSION_ALIVE, .who = WHO_STAFF },
	    rq.now_us + 600 * SECOND));
	cr_assert_null(session_gate(&rq, other, sid, jti, NULL, 0, &out));
	cr_assert_eq(out.session.state, SESSION_ALIVE);
	expect_down(session_gate(&rq, pool, sid, jti, NULL, 0, &out));
	redis_pool_close(&other);
	(void)snprintf(url, sizeof(url), "unix://gate:s%%2540fe@%s", server.socket);
	cr_assert_null(redis_pool_open(&rq, &other, url, TIMEOUT_MS));
	cr_assert_null(session_gate(&rq, other, sid, jti, NULL, 0, &out));
	cr_assert_eq(out.session.state, SESSION_ABSENT, "another database");
	redis_pool_close(&other);
}
