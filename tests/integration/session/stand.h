/* What the tests of sessions stand on: a Redis of their own, a pool, and a unit of work. */
#ifndef TESTS_SESSION_STAND_H
#define TESTS_SESSION_STAND_H
#include "common/core/id.h"
#include "common/session/session.h"
#include "tests/integration/session/server.h"

enum { TIMEOUT_MS = 300, SECOND = 1000000 };

extern struct server      server;
extern struct req         rq;
extern struct redis_pool *pool;
extern const struct uuid  sid, jti;      /* whom put() and gate() are about */

void               stand_open(void);
void               stand_close(void);
/* A unit of work begins: the door reads the clock once. */
void               begin(void);
struct session     alive(int64_t version);
void               put(enum session_state state, int64_t version, int64_t life_s);
struct gate_answer gate(void);
/* BUSY "redis.down", and a reason for the log. */
void               expect_down(const struct err *e);
#endif
