/* GETs at a steady rate, however quickly they are answered: an open loop.
 *
 *   paced <port> <path> <file with header lines> <connections> <per second> <seconds>
 *
 * The header lines are taken in turn. A latency counts from when the request was due, also when all connections were busy
 * then, so a server that stalls is charged for all whom it keeps waiting. Any answer but 200 ends it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/kit/kit.h"

enum { CONNECTIONS = 256, HEADS = 64, REQUEST = 2048, ANSWER = 4096, SECOND_US = 1000000, TAIL_MS = 1000 };

/* due_us 0: nothing is under way. */
struct client { int64_t due_us; size_t have; char in[ANSWER + 1]; };

static struct client clients[CONNECTIONS];
static struct pollfd fds[CONNECTIONS];
static char          requests[HEADS][REQUEST];
static size_t        n_clients, n_requests, n_idle, sent, answered;
static int64_t      *latency_us;

static void
read_heads(const char *file, const char *path)
{
	char line[REQUEST / 2];
	FILE *from = fopen(file, "r");

	if (from == NULL)
		kit_die(file, strerror(errno));
	for (; n_requests < HEADS && fgets(line, sizeof(line), from) != NULL; n_requests++) {
		line[strcspn(line, "\r\n")] = '\0';
		(void)snprintf(requests[n_requests], REQUEST, "GET %s HTTP/1.1\r\nHost: bench\r\n%s\r\n\r\n", path, line);
	}
	(void)fclose(from);
	if (n_requests == 0)
		kit_die(file, "has no header lines");
}

static void
connect_one(in_port_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		kit_die("connect", strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fds[n_clients++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	n_idle++;
}

static void
ask(size_t client, int64_t due_us)
{
	const char *request = requests[sent++ % n_requests];
	size_t len = strlen(request);

	if (send(fds[client].fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		kit_die("send", strerror(errno));
	clients[client].due_us = due_us;
	n_idle--;
}

/* An answer's length says where it ends; false: there is more to come. */
static bool
is_whole(const struct client *c)
{
	const char *end = strstr(c->in, "\r\n\r\n"), *length = strcasestr(c->in, "\r\nContent-Length: ");

	if (c->have >= 12 && memcmp(c->in, "HTTP/1.1 200", 12) != 0)
		kit_die("answer", c->in);
	return end != NULL && length != NULL && c->have == (size_t)(end + 4 - c->in) + strtoul(length + 18, NULL, 10);
}

static void
hear(size_t client)
{
	struct client *c = &clients[client];
	ssize_t n = recv(fds[client].fd, c->in + c->have, ANSWER - c->have, MSG_DONTWAIT);

	if (n <= 0)
		kit_die("recv", n == 0 ? "it has hung up" : strerror(errno));
	c->have += (size_t)n;
	c->in[c->have] = '\0';
	if (!is_whole(c))
		return;
	latency_us[answered++] = kit_now_us() - c->due_us;
	c->have = 0;
	c->due_us = 0;
	n_idle++;
}

static size_t
idle_one(void)
{
	size_t i = 0;

	while (clients[i].due_us != 0)
		i++;
	return i;
}

/* Until something is heard, or the next one is due and can be sent. */
static void
wait_until(int64_t due_us)
{
	int64_t us = n_idle > 0 ? due_us - kit_now_us() : (int64_t)TAIL_MS * 1000;
	struct timespec most = { .tv_sec = us > 0 ? us / SECOND_US : 0, .tv_nsec = us > 0 ? us % SECOND_US * 1000 : 0 };

	if (ppoll(fds, n_clients, &most, NULL) < 0)
		kit_die("poll", strerror(errno));
	for (size_t i = 0; i < n_clients; i++)
		if (fds[i].revents != 0)
			hear(i);
}

int
main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	size_t connections = strtoul(argv[4], NULL, 10), rate = strtoul(argv[5], NULL, 10), n = rate * strtoul(argv[6], NULL, 10);

	read_heads(argv[3], argv[2]);
	while (n_clients < connections && n_clients < CONNECTIONS)
		connect_one(htons((in_port_t)strtoul(argv[1], NULL, 10)));
	latency_us = calloc(n + 1, sizeof(*latency_us));
	if (latency_us == NULL || n == 0)
		return 2;
	int64_t begun_us = kit_now_us();
	while (answered < n) {
		int64_t due_us = begun_us + (int64_t)(sent * SECOND_US / rate);

		if (sent < n && n_idle > 0 && due_us <= kit_now_us())
			ask(idle_one(), due_us);
		else
			wait_until(sent < n ? due_us : kit_now_us() + (int64_t)TAIL_MS * 1000);
	}
	kit_report(n, kit_now_us() - begun_us, kit_cpu_us(), latency_us, n);
	return 0;
}
