/* Websockets that end at the server. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/integration/http/world.h"

static struct world w;
static struct heard h;

static void
setup(void)
{
	world_open(&w, NULL, 8);
}

static void
teardown(void)
{
	world_close(&w);
}

TestSuite(websocket, .init = setup, .fini = teardown, .timeout = 60);

static int
upgrade(const char *target)
{
	char all[512];
	int fd = dial(w.port);
	int n = snprintf(all, sizeof all, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", target);

	say(fd, all, (size_t)n);
	hear(fd, &h);
	return fd;
}

/* A masked frame (mask of zeros) of up to 125 bytes; first: FIN and opcode. */
static void
frame(int fd, int first, const char *payload)
{
	char all[256] = { (char)first, (char)(0x80 | strlen(payload)) };

	memcpy(all + 6, payload, strlen(payload));
	say(fd, all, 6 + strlen(payload));
}

/* The next frame's payload; *first its first byte, 0 when the connection ended. */
static const char *
next(int fd, int *first)
{
	static char payload[256];
	unsigned char head[2];

	*first = 0;
	memset(payload, 0, sizeof payload);
	if (recv(fd, head, 2, MSG_WAITALL) != 2)
		return "";
	cr_assert_lt(head[1], 126);
	if (head[1] > 0)
		cr_assert_eq(recv(fd, payload, head[1], MSG_WAITALL), head[1]);
	*first = head[0];
	return payload;
}

static void
until_closed(int n)
{
	for (int i = 0; i < 400 && __atomic_load_n(&sockets_closed, __ATOMIC_ACQUIRE) < n; i++)
		(void)nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	cr_assert_eq(__atomic_load_n(&sockets_closed, __ATOMIC_ACQUIRE), n);
}

Test(websocket, messages_go_both_ways_and_fragments_are_joined)
{
	int first, fd = upgrade("/ws");

	cr_assert_eq(h.status, 101, "%s%s", h.head, h.body);
	cr_assert_str_eq(next(fd, &first), "hello");
	frame(fd, 0x81, "one");
	cr_assert_str_eq(next(fd, &first), "one");
	cr_assert_eq(first, 0x81);
	frame(fd, 0x02, "two-");
	frame(fd, 0x89, "ping");
	cr_assert_str_eq(next(fd, &first), "ping");
	cr_assert_eq(first, 0x8a);
	frame(fd, 0x80, "three");
	cr_assert_str_eq(next(fd, &first), "two-three");
	cr_assert_eq(first, 0x82);
	hang_up(fd);
	until_closed(1);
}

Test(websocket, either_side_closes_in_order)
{
	int first, fd = upgrade("/ws");

	(void)next(fd, &first);
	frame(fd, 0x81, "bye");
	(void)next(fd, &first);
	cr_assert_eq(first, 0x88);
	until_closed(1);
	hang_up(fd);
	fd = upgrade("/ws");
	(void)next(fd, &first);
	frame(fd, 0x88, "\x03\xe8");
	(void)next(fd, &first);
	cr_assert_eq(first, 0x88);
	until_closed(2);
	hang_up(fd);
}

/* A flood of them must not become a flood of lines. */
Test(websocket, a_refusal_that_is_not_to_be_told_is_not_told)
{
	hang_up(upgrade("/ws?no"));
	cr_assert_eq(h.status, 403);
	cr_assert_eq(__atomic_load_n(&times_seen, __ATOMIC_ACQUIRE), 1);
	__atomic_store_n(&says_nothing_of_refusals, true, __ATOMIC_RELEASE);
	hang_up(upgrade("/ws?no"));
	cr_assert_eq(h.status, 403);
	cr_assert_eq(__atomic_load_n(&times_seen, __ATOMIC_ACQUIRE), 1);
	hang_up(upgrade("/ws"));
	cr_assert_eq(h.status, 101);
	cr_assert_eq(__atomic_load_n(&times_seen, __ATOMIC_ACQUIRE), 2, "an upgrade is always told");
}

Test(websocket, refusals_are_answers)
{
	int a, b, c, first;

	hang_up(upgrade("/ws?no"));
	cr_assert_eq(h.status, 403);
	cr_assert_not_null(strstr(h.body, "ws.refused"));
	hang_up(upgrade("/other"));
	cr_assert_eq(h.status, 404);
	a = upgrade("/ws");
	b = upgrade("/ws");
	cr_assert_eq(h.status, 101);
	c = upgrade("/ws");
	cr_assert_eq(h.status, 503);
	(void)next(a, &first);
	hang_up(a);
	hang_up(b);
	hang_up(c);
	until_closed(2);
}
