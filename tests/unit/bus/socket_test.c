#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "common/bus/bus.h"
#include "common/core/clock.h"
#include "common/core/text.h"

static struct req rq;

static void
begin(void)
{
	req_begin(&rq, NULL, arena_open(16 * 1024 * 1024), TEXT("test"), 10000);
}

/* The socket stays bound as long as the process, so that no other test is given the port;
 * SO_REUSEADDR, which nng sets too, lets the listener have it all the same. */
static int
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t len = sizeof(a);

	SURE(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	SURE(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	SURE(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	return ntohs(a.sin_port);
}

static const char *
address(int port)
{
	return arena_printf(rq.mem, "127.0.0.1:%d", port);
}

static struct bus_peers
peers_of(const char *spec)
{
	struct bus_peers peers;

	cr_assert(bus_peers_parse(spec, &peers), "%s", spec);
	return peers;
}

/* Publishes until something arrives: PUB says nothing to who is not connected yet. */
static bool
heard(struct bus_publisher *p, struct bus_subscriber *s, struct text what)
{
	struct text got;

	for (int i = 0; i < 100; i++) {
		bus_publish(p, what);
		if (bus_receive(s, rq.mem, 50, &got))
			return text_eq(got, what);
	}
	return false;
}

Test(bus, what_is_published_is_received, .timeout = 20)
{
	int port = free_port();
	struct bus_publisher *p;
	struct bus_subscriber *s;

	begin();
	struct bus_peers peers = peers_of(arena_printf(rq.mem, "x=127.0.0.1:%d:1", port));
	cr_assert_null(bus_publisher_open(&rq, &p, address(port)));
	cr_assert_null(bus_subscriber_open(&rq, &s, &peers, "x", 1000));
	cr_assert(heard(p, s, TEXT("type\0bytes")));
	cr_assert_eq(bus_subscriber_joins(s), 1);
	bus_subscriber_close(&s);
	bus_publisher_close(&p);
	cr_assert_null(s);
	cr_assert_null(p);
}

Test(bus, a_host_name_is_looked_up_and_a_restarted_publisher_found_again, .timeout = 30)
{
	int port = free_port();
	struct bus_publisher *p;
	struct bus_subscriber *s;

	begin();
	struct bus_peers peers = peers_of(arena_printf(rq.mem, "x=localhost:%d:1", port));
	cr_assert_null(bus_subscriber_open(&rq, &s, &peers, "x", 100));
	cr_assert_null(bus_publisher_open(&rq, &p, address(port)));
	cr_assert(heard(p, s, TEXT("one")));
	bus_publisher_close(&p);
	cr_assert_null(bus_publisher_open(&rq, &p, address(port)));
	cr_assert(heard(p, s, TEXT("two")));
	cr_assert_geq(bus_subscriber_joins(s), 2);
	bus_subscriber_close(&s);
	bus_publisher_close(&p);
}

static void
echo(void *arg, struct arena *mem, struct text question, struct buf *to)
{
	(void)mem;
	buf_str(to, arg);
	buf_text(to, question);
}

Test(bus, a_question_is_answered, .timeout = 20)
{
	int port = free_port();
	struct bus_responder *r;
	struct bus_asker *a;
	struct text answer;

	begin();
	struct bus_peers peers = peers_of(arena_printf(rq.mem, "x=127.0.0.1:1:%d", port));
	cr_assert_null(
	    bus_responder_open(&rq, &r, address(port), 2, echo, (void *)(uintptr_t) "to "));
	cr_assert_null(bus_asker_open(&rq, &a, &peers, "x"));
	for (int i = 0; i < 100; i++) {
		cr_assert_null(bus_ask(&rq, a, TEXT("you"), 2000, &answer));
		cr_assert(text_is(answer, "to you"));
	}
	bus_asker_close(&a);
	bus_responder_close(&r);
}

Test(bus, the_other_replica_answers_when_one_is_gone, .timeout = 20)
{
	int port[2] = { free_port(), free_port() };
	struct bus_responder *r[2];
	struct bus_asker *a;
	struct text answer;

	begin();
	struct bus_peers peers =
	    peers_of(arena_printf(rq.mem, "x=127.0.0.1:1:%d,x=127.0.0.1:1:%d", port[0], port[1]));
	for (int i = 0; i < 2; i++)
		cr_assert_null(bus_responder_open(
		    &rq, &r[i], address(port[i]), 1, echo, (void *)(uintptr_t) "to "));
	cr_assert_null(bus_asker_open(&rq, &a, &peers, "x"));
	cr_assert_null(bus_ask(&rq, a, TEXT("a"), 2000, &answer));
	bus_responder_close(&r[0]);
	for (int i = 0; i < 10; i++)
		cr_assert_null(bus_ask(&rq, a, TEXT("b"), 3000, &answer));
	bus_asker_close(&a);
	bus_responder_close(&r[1]);
}

Test(bus, nobody_there_is_no_answer_within_the_time, .timeout = 20)
{
	struct bus_asker *a;
	struct text answer;

	begin();
	struct bus_peers peers = peers_of(arena_printf(rq.mem, "x=127.0.0.1:1:%d", free_port()));
	cr_assert_null(bus_asker_open(&rq, &a, &peers, "x"));
	int64_t from = clock_mono_us();
	const struct err *e = bus_ask(&rq, a, TEXT("?"), 300, &answer);
	cr_assert_not_null(e);
	cr_assert_str_eq(e->slug, "bus.no_answer");
	cr_assert_lt(clock_mono_us() - from, 1500000);
	bus_asker_close(&a);
}

static void *
stop_soon(void *arg)
{
	const struct timespec pause = { 0, 50 * 1000000L };

	(void)nanosleep(&pause, NULL);
	bus_asker_stop(arg);
	return NULL;
}

Test(bus, a_question_under_way_ends_when_its_asker_is_stopped, .timeout = 20)
{
	struct bus_asker *a;
	struct text answer;
	pthread_t stopper;

	begin();
	struct bus_peers peers = peers_of(arena_printf(rq.mem, "x=127.0.0.1:1:%d", free_port()));
	cr_assert_null(bus_asker_open(&rq, &a, &peers, "x"));
	int64_t from = clock_mono_us();
	cr_assert_eq(pthread_create(&stopper, NULL, stop_soon, a), 0);
	cr_assert_not_null(bus_ask(&rq, a, TEXT("?"), 10000, &answer));
	cr_assert_eq(pthread_join(stopper, NULL), 0);
	cr_assert_not_null(bus_ask(&rq, a, TEXT("?"), 10000, &answer));
	cr_assert_lt(clock_mono_us() - from, 5000000);
	bus_asker_close(&a);
}

static int64_t
processor_us(void)
{
	struct timespec used;

	cr_assert_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used), 0);
	return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* All that a service does while nothing happens. */
Test(bus, waiting_for_a_message_costs_no_processor, .timeout = 20)
{
	struct bus_subscriber *s;
	struct text got;

	begin();
	struct bus_peers peers = peers_of("x=127.0.0.1:1:2");
	cr_assert_null(bus_subscriber_open(&rq, &s, &peers, "x", 100000));
	int64_t before = processor_us();
	for (int i = 0; i < 100; i++)
		cr_assert_not(bus_receive(s, rq.mem, 10, &got));
	cr_assert_lt(processor_us() - before, 25000, "%lld us", (long long)(processor_us() - before));
	bus_subscriber_close(&s);
}

Test(bus, an_unknown_publisher_is_refused)
{
	struct bus_peers peers = peers_of("x=127.0.0.1:1:2");
	struct bus_subscriber *s;
	struct bus_asker *a;

	begin();
	const struct err *e = bus_subscriber_open(&rq, &s, &peers, "y", 1000);
	cr_assert_not_null(e);
	cr_assert_str_eq(e->slug, "bus.unknown_peer");
	e = bus_asker_open(&rq, &a, &peers, "y");
	cr_assert_not_null(e);
	cr_assert_str_eq(e->slug, "bus.unknown_peer");
}

Test(bus, an_address_in_use_is_told)
{
	int port = free_port();
	struct bus_publisher *p, *q;

	begin();
	cr_assert_null(bus_publisher_open(&rq, &p, address(port)));
	const struct err *e = bus_publisher_open(&rq, &q, address(port));
	cr_assert_not_null(e);
	cr_assert_str_eq(e->slug, "bus.cannot_listen");
	bus_publisher_close(&p);
}

Test(bus, a_message_over_the_limit_does_not_arrive_and_the_next_one_does, .timeout = 20)
{
	int port = free_port();
	struct bus_publisher *p;
	struct bus_subscriber *s;
	struct text got;

	begin();
	struct bus_peers peers = peers_of(arena_printf(rq.mem, "x=127.0.0.1:%d:1", port));
	char *big = arena_zero(rq.mem, BUS_MAX_MESSAGE + 1, 1);
	cr_assert_null(bus_publisher_open(&rq, &p, address(port)));
	cr_assert_null(bus_subscriber_open(&rq, &s, &peers, "x", 1000));
	cr_assert(heard(p, s, TEXT("small")));
	while (bus_receive(s, rq.mem, 50, &got))
		continue;
	bus_publish(p, (struct text){ big, BUS_MAX_MESSAGE + 1 });
	cr_assert(heard(p, s, TEXT("small")));
	bus_subscriber_close(&s);
	bus_publisher_close(&p);
}
