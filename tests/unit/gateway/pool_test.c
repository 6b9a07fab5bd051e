/* Keep-alive connections to a service: bounded, noticed when stale, and never a POST twice. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "services/gateway/upstream/upstream.h"
#include "tests/kit/kit.h"
#include "tests/kit/peer.h"
#include "tests/unit/gateway/world.h"

#define GET "GET /x HTTP/1.1\r\nHost: dure\r\nContent-Length: 0\r\n\r\n"
#define POST "POST /x HTTP/1.1\r\nHost: dure\r\nContent-Length: 2\r\n\r\n{}"

static struct peer *peer;
static struct upstream *up;
static struct upstream_answer got;

static void
close_all(void)
{
	upstream_close(&up);
	if (peer != NULL)
		peer_close(&peer);
	world_close();
}

TestSuite(pool, .init = world_open, .fini = close_all, .timeout = 30);

static void
open_all(peer_serve *serve, int max)
{
	peer = peer_open(serve);
	cr_assert_null(upstream_open(&rq, &up, "commerce", peer_address(peer), max, 1000));
}

static const char *
exchange(const char *request, bool repeatable)
{
	return slug_of(upstream_exchange(&rq, up, text_of(request), repeatable, &got));
}

static void
pause_ms(long ms)
{
	(void)nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static bool
answer_number(struct peer *p, int fd, int number, const char *request)
{
	char bytes[128];

	(void)p;
	(void)request;
	(void)snprintf(bytes, sizeof(bytes), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d", number);
	peer_say(fd, bytes);
	return true;
}

Test(pool, a_connection_is_used_again)
{
	open_all(answer_number, 4);
	for (int i = 1; i <= 5; i++) {
		cr_assert_str_eq(exchange(POST, false), "");
		cr_assert_eq(got.body.at[1], '0' + i);
	}
	cr_assert_eq(peer_connections(peer), 1);
	cr_assert_eq(upstream_stats(up).idle, 1);
	cr_assert_eq(upstream_stats(up).busy, 0);
}

static bool
answer_and_close(struct peer *p, int fd, int number, const char *request)
{
	(void)p;
	(void)request;
	peer_say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
	return number < 0;
}

Test(pool, a_connection_that_is_to_close_is_given_up)
{
	open_all(answer_and_close, 4);
	for (int i = 0; i < 3; i++)
		cr_assert_str_eq(exchange(POST, false), "");
	cr_assert_eq(peer_connections(peer), 3);
	cr_assert_eq(upstream_stats(up).idle, 0);
}

static bool
answer_slowly(struct peer *p, int fd, int number, const char *request)
{
	pause_ms(60);
	return answer_number(p, fd, number, request);
}

enum { CROWD = 9 };

static void *
one_of_the_crowd(void *arg)
{
	struct req mine = { .mem = arena_open(1 << 22), .deadline_us = clock_mono_us() + *(const int64_t *)arg };
	struct upstream_answer answer;
	const struct err *e = upstream_exchange(&mine, up, TEXT(POST), false, &answer);
	const char *slug = e != NULL ? kit_print("%s", e->slug) : "";

	arena_close(&mine.mem);
	return (void *)(uintptr_t)slug;
}

/* How many of the crowd were served. */
static int
crowd(void)
{
	int64_t patience_us = 5000000;
	pthread_t thread[CROWD];
	int n = 0;

	for (int i = 0; i < CROWD; i++)
		cr_assert_eq(pthread_create(&thread[i], NULL, one_of_the_crowd, &patience_us), 0);
	for (int i = 0; i < CROWD; i++) {
		void *said;

		cr_assert_eq(pthread_join(thread[i], &said), 0);
		n += strcmp(said, "") == 0;
	}
	return n;
}

Test(pool, more_callers_than_connections_wait_their_turn)
{
	open_all(answer_slowly, 3);
	cr_assert_eq(crowd(), CROWD);
	cr_assert_eq(peer_peak(peer), 3);
	cr_assert_eq(peer_connections(peer), 3);
}

static bool released;      /* __atomic */

static bool
answer_when_released(struct peer *p, int fd, int number, const char *request)
{
	while (!__atomic_load_n(&released, __ATOMIC_ACQUIRE))
		pause_ms(2);
	return answer_number(p, fd, number, request);
}

Test(pool, who_gets_no_connection_before_the_deadline_is_told_so)
{
	int64_t patience_us = 20000000;
	pthread_t holder;
	void *said;

	open_all(answer_when_released, 1);
	cr_assert_eq(pthread_create(&holder, NULL, one_of_the_crowd, &patience_us), 0);
	kit_until(5000, peer_requests(peer) == 1);
	rq.deadline_us = clock_mono_us() + 50000;
	cr_assert_str_eq(exchange(POST, false), "upstream.busy");
	cr_assert_eq(upstream_stats(up).busy, 1);
	__atomic_store_n(&released, true, __ATOMIC_RELEASE);
	cr_assert_eq(pthread_join(holder, &said), 0);
	cr_assert_str_eq(said, "");
	cr_assert_eq(peer_requests(peer), 1);
	cr_assert_eq(upstream_stats(up).busy, 0);
}

static bool
answer_then_hang_up(struct peer *p, int fd, int number, const char *request)
{
	return answer_number(p, fd, number, request) && number > 1;
}

Test(pool, a_kept_connection_that_has_ended_is_noticed_before_a_post_goes_into_it)
{
	open_all(answer_then_hang_up, 4);
	cr_assert_str_eq(exchange(POST, false), "");
	kit_until(2000, peer_open_now(peer) == 0);
	cr_assert_eq(upstream_stats(up).idle, 1, "the pool still has it");
	cr_assert_str_eq(exchange(POST, false), "");
	cr_assert_eq(peer_requests(peer), 2);
	cr_assert_eq(peer_connections(peer), 2);
}

static bool
swallow_second(struct peer *p, int fd, int number, const char *request)
{
	return number != 2 && answer_number(p, fd, number, request);
}

Test(pool, a_post_that_may_have_arrived_is_never_sent_again)
{
	open_all(swallow_second, 4);
	cr_assert_str_eq(exchange(POST, false), "");
	cr_assert_str_eq(exchange(POST, false), "upstream.lost");
	cr_assert_eq(peer_requests(peer), 2);
	cr_assert_eq(upstream_stats(up).busy, 0);
	cr_assert_str_eq(exchange(POST, false), "", "the next one has a fresh connection");
}

Test(pool, a_get_whose_kept_connection_died_is_asked_once_more)
{
	open_all(swallow_second, 4);
	cr_assert_str_eq(exchange(GET, true), "");
	cr_assert_str_eq(exchange(GET, true), "");
	cr_assert_str_eq(str(got.body), "03");
	cr_assert_eq(peer_requests(peer), 3);
}

static bool
swallow_all(struct peer *p, int fd, int number, const char *request)
{
	(void)p;
	(void)fd;
	(void)number;
	(void)request;
	return false;
}

Test(pool, a_get_is_not_repeated_on_a_fresh_connection_or_a_third_time)
{
	open_all(swallow_all, 4);
	cr_assert_str_eq(exchange(GET, true), "upstream.lost");
	cr_assert_eq(peer_requests(peer), 1);
}

static bool
answer_first_only(struct peer *p, int fd, int number, const char *request)
{
	return number == 1 && answer_number(p, fd, number, request);
}

Test(pool, a_get_that_is_lost_twice_is_lost)
{
	open_all(answer_first_only, 4);
	cr_assert_str_eq(exchange(GET, true), "");
	cr_assert_str_eq(exchange(GET, true), "upstream.lost");
	cr_assert_eq(peer_requests(peer), 3);
}

static bool
first_late(struct peer *p, int fd, int number, const char *request)
{
	if (number == 1)
		pause_ms(150);
	return answer_number(p, fd, number, request);
}

Test(pool, a_late_answer_never_reaches_the_next_caller)
{
	open_all(first_late, 1);
	rq.deadline_us = clock_mono_us() + 50000;
	cr_assert_str_eq(exchange(POST, false), "upstream.timeout");
	rq.deadline_us = clock_mono_us() + 5000000;
	pause_ms(150);
	cr_assert_str_eq(exchange(POST, false), "");
	cr_assert_str_eq(str(got.body), "02");
	cr_assert_eq(peer_connections(peer), 2);
}

static bool
say_more_later(struct peer *p, int fd, int number, const char *request)
{
	(void)answer_number(p, fd, number, request);
	if (number == 1) {
		pause_ms(20);
		peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nforge");
	}
	return true;
}

Test(pool, what_nobody_asked_for_makes_a_kept_connection_worthless)
{
	open_all(say_more_later, 1);
	cr_assert_str_eq(exchange(POST, false), "");
	pause_ms(60);
	cr_assert_str_eq(exchange(POST, false), "");
	cr_assert_str_eq(str(got.body), "02");
	cr_assert_eq(peer_connections(peer), 2);
}

Test(pool, a_service_that_is_not_there_is_unreachable)
{
	peer = peer_open(answer_number);
	cr_assert_null(upstream_open(&rq, &up, "commerce", peer_address(peer), 2, 200));
	peer_close(&peer);
	cr_assert_str_eq(exchange(GET, true), "upstream.unreachable");
	cr_assert_eq(upstream_stats(up).busy, 0);
	upstream_close(&up);
	cr_assert_null(upstream_open(&rq, &up, "commerce", "nowhere.invalid:80", 2, 200));
	cr_assert_str_eq(exchange(GET, true), "upstream.unreachable");
}

Test(pool, an_address_is_host_and_port)
{
	static const char *const wrong[] = { "", "host", "host:", ":80", "host:0", "host:65536", "host:-1", "host:8o",
	    "host:80:80" };

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		cr_assert_str_eq(slug_of(upstream_open(&rq, &up, "x", wrong[i], 1, 100)), "config.upstream", "%s", wrong[i]);
		upstream_close(&up);
	}
}

static bool
never_answer(struct peer *p, int fd, int number, const char *request)
{
	(void)p;
	(void)number;
	(void)request;
	__atomic_store_n(&app.draining, true, __ATOMIC_RELEASE);
	peer_say(fd, "HTTP/1.1 200 OK\r\n");
	return true;
}

/* An event feed that waits for news must not outlive the grace of the process. */
Test(pool, a_long_wait_ends_when_the_process_drains)
{
	int64_t began_us = clock_mono_us();

	open_all(never_answer, 4);
	rq.deadline_us = clock_mono_us() + 35 * INT64_C(1000000);
	cr_assert_str_eq(exchange(GET, false), "upstream.timeout");
	cr_assert_lt(clock_mono_us() - began_us, 3000000);
}
