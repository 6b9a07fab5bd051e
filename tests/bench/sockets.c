/* Many Socket.IO clients in one process, and when the last of them has heard.
 *
 *   sockets <port> <n> <connect packet> [<what to say for "shout">]
 *
 * Says "open <µs>" once all n have joined. A line on standard input makes the first of them say it ("sent <µs>"); when all
 * have heard as many events as there were so far: "last <µs>". Times are those of CLOCK_MONOTONIC, so processes agree. Ends
 * at the end of its input. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/kit/kit.h"

enum { AT_ONCE = 64, EVENTS = 256, ROOM = 2048, HEAD = 4, SHORT = 126 };
enum state { GREETS, OPENS, JOINED };

struct client { int fd; enum state state; size_t have; char in[ROOM]; };

static struct client *clients;
static size_t         n_clients, started, joined, heard, shouts;
static int            poll_fd;
static in_port_t      port;
static const char    *connect_packet, *shout_packet;

/* Masked with zeros: a client's frame must be masked, not well. */
static void
say(const struct client *c, const char *text)
{
	size_t len = strlen(text), at = 2;
	unsigned char frame[ROOM] = { 0x81, (unsigned char)(0x80 | (len < SHORT ? len : SHORT)) };

	if (len + 8 > sizeof(frame))
		kit_die("packet", "too long");
	if (len >= SHORT) {
		frame[at++] = (unsigned char)(len >> 8);
		frame[at++] = (unsigned char)len;
	}
	memcpy(frame + at + 4, text, len);
	if (write(c->fd, frame, at + 4 + len) != (ssize_t)(at + 4 + len))
		kit_die("write", strerror(errno));
}

static void
start_one(void)
{
	static const char upgrade[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct client *c = &clients[started++];
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		kit_die("connect", strerror(errno));
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &ev) != 0 || write(c->fd, upgrade, sizeof(upgrade) - 1) < 0)
		kit_die("upgrade", strerror(errno));
}

static void
tell(const char *what)
{
	(void)printf("%s %lld\n", what, (long long)kit_now_us());
	(void)fflush(stdout);
}

static void
take_packet(struct client *c, const char *text, size_t len)
{
	if (len >= 1 && text[0] == '2')
		say(c, "3");
	else if (len >= 1 && text[0] == '0')
		say(c, connect_packet);
	else if (len >= 2 && memcmp(text, "44", 2) == 0)
		kit_die("refused", text);
	else if (len >= 2 && memcmp(text, "40", 2) == 0) {
		c->state = JOINED;
		if (++joined == n_clients)
			tell("open");
	} else if (memmem(text, len, "heard", 5) != NULL && ++heard == n_clients * shouts)
		tell("last");
}

/* Takes what is whole from the front; false when nothing is. */
static bool
take_front(struct client *c)
{
	const unsigned char *in = (const unsigned char *)c->in;
	size_t head = 2, len, used;

	if (c->state == GREETS) {
		const char *end = memmem(c->in, c->have, "\r\n\r\n", HEAD);
		if (end == NULL)
			return false;
		c->state = OPENS;
		used = (size_t)(end - c->in) + HEAD;
	} else {
		if (c->have < 2 || (in[1] == SHORT && c->have < 4))
			return false;
		len = in[1] == SHORT ? (size_t)in[2] << 8 | in[3] : in[1];
		head = in[1] == SHORT ? 4 : 2;
		used = head + len;
		if (used > ROOM - 1)
			kit_die("frame", "too long");
		if (c->have < used)
			return false;
		if ((in[0] & 15) == 8)
			kit_die("socket", "closed by the server");
		take_packet(c, c->in + head, len);
	}
	c->have -= used;
	memmove(c->in, c->in + used, c->have);
	return true;
}

static void
hear(struct client *c)
{
	ssize_t n = read(c->fd, c->in + c->have, ROOM - 1 - c->have);

	if (n <= 0)
		kit_die("socket", n == 0 ? "hung up" : strerror(errno));
	c->have += (size_t)n;
	while (take_front(c))
		continue;
}

/* False at the end of the input. Every process is told of every shout; only one has something to say. */
static bool
command(void)
{
	char line[64];

	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	shouts++;
	if (shout_packet != NULL) {
		tell("sent");
		say(&clients[0], shout_packet);
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct epoll_event ready[EVENTS];
	bool goes_on = true;

	if (argc < 4)
		kit_die("usage", "<port> <n> <connect packet> [<what to say for \"shout\">]");
	port = htons((in_port_t)atoi(argv[1]));
	n_clients = (size_t)atol(argv[2]);
	connect_packet = argv[3];
	shout_packet = argc > 4 ? argv[4] : NULL;
	clients = calloc(n_clients, sizeof(*clients));
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event input = { .events = EPOLLIN, .data.ptr = NULL };
	if (clients == NULL || poll_fd < 0 || epoll_ctl(poll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0)
		kit_die("start", strerror(errno));
	while (goes_on) {
		while (started < n_clients && started - joined < AT_ONCE)
			start_one();
		int n = epoll_wait(poll_fd, ready, EVENTS, -1);
		for (int i = 0; i < n && goes_on; i++) {
			if (ready[i].data.ptr == NULL)
				goes_on = command();
			else
				hear(ready[i].data.ptr);
		}
	}
	return 0;
}
