/* How many connections an address has, and how long a client may take. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "common/core/clock.h"
#include "tests/integration/http/world.h"
#include "tests/kit/kit.h"

enum { PLACES = 3, TIMEOUT_MS = 500, LATE_MS = 3000, DRIP_MS = 20 };

static struct world w;
static struct heard h;

static void
teardown(void)
{
	world_close(&w);
}

TestSuite(guests, .fini = teardown, .timeout = 60);

static void
open_door(const char *exempt)
{
	world_open_door(&w, (struct world_door){ .threads = 16, .per_address = PLACES, .timeout_ms = TIMEOUT_MS,
		.exempt = exempt });
}

/* The connection has a thread: it is answered, and stays. */
static bool
is_served(int fd)
{
	static const char request[] = "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n";

	say(fd, request, sizeof request - 1);
	hear(fd, &h);
	return h.status == 200 && !h.closes;
}

static bool
is_let_in(const char *address)
{
	int fd = dial_from(address, w.port);
	bool served = is_served(fd);

	hang_up(fd);
	return served;
}

static void
take_places(const char *address, int fds[PLACES])
{
	for (int i = 0; i < PLACES; i++) {
		fds[i] = dial_from(address, w.port);
		cr_assert(is_served(fds[i]));
	}
}

Test(guests, an_address_has_its_places_and_no_more_and_others_have_theirs)
{
	int fds[PLACES];

	open_door(NULL);
	take_places("127.0.0.2", fds);
	for (int i = 0; i < 20; i++)
		cr_expect(!is_let_in("127.0.0.2"));
	cr_expect(is_let_in("127.0.0.1"));
	cr_expect(is_served(fds[0]));
	hang_up(fds[0]);
	kit_until(LATE_MS, is_let_in("127.0.0.2"));
	hang_up(fds[1]);
	hang_up(fds[2]);
}

Test(guests, who_says_nothing_holds_a_place_for_the_time_of_a_request)
{
	int silent[PLACES];

	open_door(NULL);
	for (int i = 0; i < PLACES; i++)
		silent[i] = dial_from("127.0.0.2", w.port);
	cr_expect(!is_let_in("127.0.0.2"));
	kit_until(LATE_MS, is_let_in("127.0.0.2"));
	for (int i = 0; i < PLACES; i++)
		hang_up(silent[i]);
}

Test(guests, the_trusted_have_as_many_as_they_like)
{
	int fds[4 * PLACES];

	open_door("10.0.0.0/8,127.0.0.3");
	for (size_t i = 0; i < COUNT_OF(fds); i++) {
		fds[i] = dial_from("127.0.0.3", w.port);
		cr_expect(is_served(fds[i]));
	}
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		hang_up(fds[i]);
}

/* Sends byte after byte without a pause that would be long enough by itself; how long the server bore it. */
static int64_t
drip(const char *first)
{
	int64_t began_us = clock_mono_us();
	int fd = dial_from("127.0.0.2", w.port);
	struct pollfd closed = { fd, POLLIN, 0 };

	say(fd, first, strlen(first));
	while (poll(&closed, 1, DRIP_MS) == 0 && clock_mono_us() - began_us < (int64_t)10 * LATE_MS * 1000)
		say(fd, "x", 1);
	hang_up(fd);
	return (clock_mono_us() - began_us) / 1000;
}

Test(guests, a_head_or_a_body_may_come_slowly_but_not_for_ever)
{
	static const char *const firsts[] = {
		"G",
		"GET /api/ping HTTP/1.1\r\nX: ",
		"POST /api/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n",
	};

	open_door(NULL);
	for (size_t i = 0; i < COUNT_OF(firsts); i++) {
		int64_t borne_ms = drip(firsts[i]);

		cr_expect(borne_ms >= TIMEOUT_MS - DRIP_MS && borne_ms < LATE_MS, "%s: %lld ms", firsts[i], (long long)borne_ms);
	}
}

/* The answers fill what the kernels keep for the two, and then the server waits for the reader. */
Test(guests, who_does_not_read_is_cut)
{
	static const char request[] = "GET /api/things/0190a000-0000-7000-8000-000000000001 HTTP/1.1\r\nHost: x\r\n\r\n";
	int fd;
	int64_t until_us = clock_mono_us() + (int64_t)10 * LATE_MS * 1000;
	ssize_t sent = 1;

	open_door(NULL);
	fd = dial_from("127.0.0.2", w.port);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ 0, 100000 }, sizeof(struct timeval)), 0);
	while ((sent > 0 || errno == EAGAIN) && clock_mono_us() < until_us)
		sent = send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
	cr_expect(sent < 0 && (errno == EPIPE || errno == ECONNRESET), "%d", errno);
	hang_up(fd);
}

/* The refusal of a large body is an answer; the body itself is not waited for. */
Test(guests, who_goes_on_to_send_what_was_refused_is_cut)
{
	static char much[65536];
	static const char head[] = "POST /api/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n";
	int64_t began_us;
	int fd;

	open_door(NULL);
	fd = dial_from("127.0.0.2", w.port);
	say(fd, head, sizeof head - 1);
	hear(fd, &h);
	cr_expect_eq(h.status, 413);
	began_us = clock_mono_us();
	while (send(fd, much, sizeof much, MSG_NOSIGNAL) > 0)
		cr_assert(clock_mono_us() - began_us < (int64_t)10 * LATE_MS * 1000);
	hang_up(fd);
}
