/* What the tests of sessions stand on. */
#include "tests/integration/session/stand.h"
#include "common/core/clock.h"
#include <criterion/criterion.h>

struct server      server;
struct req         rq;
struct redis_pool *pool;

void
begin(void)
{
	arena_reset(rq.mem);
	rq.now_us = clock_now_us();
}

void
stand_open(void)
{
	server_start(&server, NULL, NULL);
	rq = (struct req){ .mem = arena_open(1 << 20) };
	begin();
	cr_assert_null(redis_pool_open(&rq, &pool, server.url, TIMEOUT_MS));
}

void
stand_close(void)
{
	redis_pool_close(&pool);
	cr_assert_null(pool);
	arena_close(&rq.mem);
	server_stop(&server);
}

const struct uuid sid = { { 1 } }, jti = { { 2 } };

struct session
alive(int64_t version)
{
	return (struct session){ .state = SESSION_ALIVE, .who = WHO_STAFF, .user = { { 3 } },
	    .company = { { 4 } }, .permissions = 0x1fffffffffULL, .version = version };
}

void
put(enum session_state state, int64_t version, int64_t life_s)
{
	struct session s = alive(version);

	begin();
	s.state = state;
	cr_assert_null(session_put(&rq, pool, sid, &s, rq.now_us + life_s * SECOND));
}

struct gate_answer
gate(void)
{
	struct gate_answer out;

	begin();
	cr_assert_null(session_gate(&rq, pool, sid, jti, NULL, 0, &out));
	return out;
}

void
expect_down(const struct err *e)
{
	cr_assert_not_null(e);
	cr_assert_eq(e->code, E_BUSY);
	cr_assert_str_eq(e->slug, "redis.down");
	cr_assert_eq(e->retry_after_s, 1);
	cr_assert_not_null(e->cause);
}
