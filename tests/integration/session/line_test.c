/* Many callers on one connection: nobody gets another's answer, and who leaves early takes nobody along. */
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/session/line.h"
#include "tests/integration/session/stand.h"
#include "tests/kit/kit.h"
#include <criterion/criterion.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CROWD = 24, ROUNDS = 300, PATIENCE_MS = 5000, HURRY_US = 150000 };

/* As the others' stand, but for a pool that gives a slow machine time. */
static void
open_all(void)
{
	stand_open();
	redis_pool_close(&pool);
	cr_assert_null(redis_pool_open(&rq, &pool, server.url, PATIENCE_MS));
}

TestSuite(line, .init = open_all, .fini = stand_close, .timeout = 60);

/* One of those who ask, each for a session and a limit of his own. */
struct one {
	pthread_t   thread;
	struct uuid sid;
	int         number, rounds;
	int64_t     patience_us;      /* 0: as long as anybody may wait */
	int         well, down, took_ms;
};

static struct uuid
sid_of(int number)
{
	return (struct uuid){ { 9, (uint8_t)(number + 1) } };
}

/* What is alive under that number has it as its version. */
static void
put_numbered(int number)
{
	struct session s = alive(number + 1000);

	begin();
	cr_assert_null(session_put(&rq, pool, sid_of(number), &s, rq.now_us + 600 * SECOND));
}

static void
ask_once(struct one *o, struct req *mine, int round)
{
	struct limit_ask ask = { arena_printf(mine->mem, "of_%d", o->number), 1000000, 86400 };
	struct gate_answer out;
	const struct err *e;

	mine->now_us = clock_now_us();
	mine->deadline_us = o->patience_us > 0 ? clock_mono_us() + o->patience_us * (1 + round % 3) : 0;
	e = session_gate(mine, pool, sid_of(o->number), uuid_new(), &ask, 1, &out);
	o->down += e != NULL;
	o->well += e == NULL && (out.session.state == SESSION_ABSENT || out.session.version == o->number + 1000);
	SURE(e != NULL || out.session.state == SESSION_ABSENT || out.session.version == o->number + 1000);
}

static void *
ask_often(void *arg)
{
	struct req mine = { .mem = arena_open(1 << 20) };
	struct one *o = arg;
	int64_t began_us = clock_mono_us();

	for (int i = 0; i < o->rounds; i++) {
		ask_once(o, &mine, i);
		arena_reset(mine.mem);
	}
	o->took_ms = (int)((clock_mono_us() - began_us) / 1000);
	arena_close(&mine.mem);
	return NULL;
}

static void
start(struct one *o, int number, int rounds, int64_t patience_us)
{
	*o = (struct one){ .number = number, .rounds = rounds, .patience_us = patience_us };
	cr_assert_eq(pthread_create(&o->thread, NULL, ask_often, o), 0);
}

static void
join(struct one *o)
{
	cr_assert_eq(pthread_join(o->thread, NULL), 0);
}

Test(line, each_caller_has_his_own_answer_and_his_own_count)
{
	struct one crowd[CROWD];
	char key[64];

	for (int i = 0; i < CROWD; i++)
		put_numbered(i);
	for (int i = 0; i < CROWD; i++)
		start(&crowd[i], i, ROUNDS, 0);
	for (int i = 0; i < CROWD; i++) {
		join(&crowd[i]);
		cr_assert_eq(crowd[i].well, ROUNDS);
		(void)snprintf(key, sizeof(key), "limit:of_%d:%" PRId64, i, clock_now_us() / 1000000 / 86400 * 86400);
		cr_assert_eq(server_ask(&server, "INCRBY %s 0", key), ROUNDS);
	}
	cr_assert_leq(server_clients(&server), 2);
}

/* The driver leaves while all answers are still to come: the next one reads on, and what was his is thrown away. */
Test(line, who_has_less_time_leaves_and_the_others_are_answered)
{
	struct one hurried, patient[4], after;

	for (int i = 0; i < 6; i++)
		put_numbered(i);
	server_freeze(&server);
	start(&hurried, 0, 1, HURRY_US);
	kit_until(2000, kit_metric("dure_redis_waiting") == 1);
	for (int i = 0; i < 4; i++)
		start(&patient[i], 1 + i, 1, 0);
	join(&hurried);
	cr_assert_eq(hurried.down, 1);
	cr_assert_lt(hurried.took_ms, PATIENCE_MS / 2);
	server_thaw(&server);
	for (int i = 0; i < 4; i++) {
		join(&patient[i]);
		cr_assert_eq(patient[i].well, 1);
	}
	start(&after, 5, 1, 0);
	join(&after);
	cr_assert_eq(after.well, 1);
	cr_assert_eq(kit_metric("dure_redis_errors_total{reason=\"failed\"}"), 0, "nobody is to blame");
}

/* One who waits and does not drive leaves at his own time, too. */
Test(line, who_waits_leaves_at_his_own_deadline)
{
	struct one driver, hurried;

	put_numbered(0);
	put_numbered(1);
	server_freeze(&server);
	start(&driver, 0, 1, 0);
	kit_until(2000, kit_metric("dure_redis_waiting") == 1);
	start(&hurried, 1, 1, HURRY_US);
	join(&hurried);
	cr_assert_eq(hurried.down, 1);
	cr_assert_lt(hurried.took_ms, PATIENCE_MS / 2);
	server_thaw(&server);
	join(&driver);
	cr_assert_eq(driver.well, 1);
	cr_assert_eq(gate().session.state, SESSION_ABSENT);
}

static void
fill(struct asker *a, int64_t patience_us, bool hurried)
{
	*a = (struct asker){ .bytes = TEXT("*1\r\n$4\r\nPING\r\n"), .n = 1, .hurried = hurried,
		.until_us = clock_mono_us() + patience_us };
}

struct driver { struct line *line; struct asker asker; };

static void *
drive(void *arg)
{
	struct driver *d = arg;

	line_ask(d->line, &d->asker);
	return NULL;
}

/* Whoever drives: a Redis that is silent for as long as anybody may wait is to blame, else each waits that long for it. */
Test(line, who_has_waited_as_long_as_anybody_may_blames_redis)
{
	struct driver d;
	struct redis_url url;
	struct asker patient, hurried;
	pthread_t thread;

	cr_assert(redis_url_parse(text_of(server.url), &url));
	d.line = line_open(&url);
	server_freeze(&server);
	fill(&d.asker, 600000, true);
	cr_assert_eq(pthread_create(&thread, NULL, drive, &d), 0);
	kit_throughout(100, true);
	fill(&hurried, 50000, true);
	line_ask(d.line, &hurried);
	cr_assert_eq(hurried.state, LATE);
	fill(&patient, 50000, false);
	line_ask(d.line, &patient);
	cr_assert_eq(patient.state, BROKE);
	cr_assert_str_eq(patient.why, "no answer in time");
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_assert_eq(d.asker.state, LATE);
	server_thaw(&server);
	fill(&patient, SECOND, false);
	line_ask(d.line, &patient);
	cr_assert_eq(patient.state, ANSWERED, "the connection is as good as before");
	redis_answers_free(&patient.answers);
	line_close(&d.line);
}

/* Connections cut, Redis stopped, killed and started anew while a crowd asks, some with no time at all: an answer is
 * one's own or there is none (ask_once panics else), and it ends well. */
Test(line, through_cuts_freezes_and_restarts_no_answer_is_anothers)
{
	struct one crowd[CROWD], after;

	for (int i = 0; i < CROWD; i++)
		put_numbered(i);
	for (int i = 0; i < CROWD; i++)
		start(&crowd[i], i, ROUNDS, i % 3 == 0 ? 200 : 0);
	for (int i = 0; i < 8; i++) {
		cr_assert(server_tell(&server, "CLIENT KILL TYPE normal SKIPME yes"));
		(void)usleep(4000);
	}
	server_freeze(&server);
	(void)usleep(20000);
	server_thaw(&server);
	server_restart(&server);
	for (int i = 0; i < CROWD; i++)
		join(&crowd[i]);
	cr_assert_eq(kit_metric("dure_redis_waiting"), 0);
	(void)usleep(250000);
	put_numbered(3);
	start(&after, 3, 1, 0);
	join(&after);
	cr_assert_eq(after.well, 1);
}

/* A Redis that says what it is told to, whatever it is asked. */
struct liar { int listener; const char *says; pthread_t thread; char path[64], url[96]; };

static void *
lie(void *arg)
{
	const struct liar *l = arg;
	char heard[4096];
	int fd;

	while ((fd = accept(l->listener, NULL, NULL)) >= 0) {
		while (recv(fd, heard, sizeof(heard), 0) > 0)
			SURE(send(fd, l->says, strlen(l->says), MSG_NOSIGNAL) >= 0);
		(void)close(fd);
	}
	return NULL;
}

static void
liar_open(struct liar *l, const char *says)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	l->says = says;
	(void)snprintf(l->path, sizeof(l->path), "/tmp/session_liar_%d", (int)getpid());
	(void)snprintf(l->url, sizeof(l->url), "unix://%s", l->path);
	(void)strncpy(at.sun_path, l->path, sizeof(at.sun_path) - 1);
	(void)unlink(l->path);
	cr_assert_geq(l->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), 0);
	cr_assert_eq(bind(l->listener, (const struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(l->listener, 8), 0);
	cr_assert_eq(pthread_create(&l->thread, NULL, lie, l), 0);
}

static void
liar_close(struct liar *l)
{
	(void)shutdown(l->listener, SHUT_RDWR);
	cr_assert_eq(pthread_join(l->thread, NULL), 0);
	(void)close(l->listener);
	(void)unlink(l->path);
}

/* Puts to a Redis that says so to everything; what comes of it. */
static const struct err *
put_to(const char *says, int times)
{
	struct session s = alive(1);
	struct redis_pool *lied;
	const struct err *e = NULL;
	struct liar l;

	liar_open(&l, says);
	cr_assert_null(redis_pool_open(&rq, &lied, l.url, TIMEOUT_MS));
	for (int i = 0; i < times && e == NULL; i++)
		e = session_put(&rq, lied, sid, &s, rq.now_us + 600 * SECOND);
	redis_pool_close(&lied);
	liar_close(&l);
	return e;
}

Test(line, an_answer_to_nothing_that_was_asked_ends_the_connection)
{
	cr_assert_null(put_to(":1\r\n", 3));
	cr_assert_null(put_to(":1\r\n-ERR swapped\r\n", 3), "nobody is given the second one");
	expect_down(put_to("what is this?\r\n", 1));
	expect_down(put_to(":1", 1));
}
