/* A client that sends any bytes. */
#include "tests/integration/http/world.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

int
dial(int port)
{
	int fd = dial_from("127.0.0.1", port);

	cr_assert(fd >= 0);
	return fd;
}

int
dial_from(const char *address, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert(fd >= 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ 5, 0 }, sizeof(struct timeval)), 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

void
hang_up(int fd)
{
	(void)close(fd);
}

void
say(int fd, const char *bytes, size_t len)
{
	(void)send(fd, bytes, len, MSG_NOSIGNAL);
}

const char *
header_in(const struct heard *h, const char *name)
{
	static char value[512];
	size_t n = strlen(name);

	for (const char *line = strstr(h->head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, n) != 0 || line[2 + n] != ':')
			continue;
		(void)snprintf(value, sizeof value, "%.*s", (int)strcspn(line + 2 + n + 2, "\r"), line + 2 + n + 2);
		return value;
	}
	return "";
}

/* Byte by byte: what follows the head on a kept connection must stay for the next call. */
static bool
hear_head(int fd, struct heard *out)
{
	size_t n = 0;

	while (n + 1 < sizeof out->head && recv(fd, out->head + n, 1, 0) == 1) {
		out->head[++n] = '\0';
		if (n >= 4 && memcmp(out->head + n - 4, "\r\n\r\n", 4) == 0)
			return true;
	}
	return false;
}

void
hear(int fd, struct heard *out)
{
	*out = (struct heard){ 0 };
	if (!hear_head(fd, out) || sscanf(out->head, "HTTP/1.1 %d ", &out->status) != 1)
		return;
	size_t len = (size_t)atoi(header_in(out, "Content-Length"));
	cr_assert(len < sizeof out->body);
	while (out->body_len < len) {
		ssize_t n = recv(fd, out->body + out->body_len, len - out->body_len, 0);
		if (n <= 0)
			break;
		out->body_len += (size_t)n;
	}
	out->closes = strcmp(header_in(out, "Connection"), "close") == 0;
}

bool
closed_by_server(int fd)
{
	char c;
	struct pollfd p = { fd, POLLIN, 0 };

	return poll(&p, 1, 3000) == 1 && recv(fd, &c, 1, 0) <= 0;
}

void
ask(const struct world *w, const char *method, const char *target, const char *extra, const char *body, struct heard *out)
{
	char all[16384];
	int fd = dial(w->port);
	int n = snprintf(all, sizeof all, "%s %s HTTP/1.1\r\nHost: test\r\n%s", method, target, extra != NULL ? extra : "");

	if (body != NULL)
		n += snprintf(all + n, sizeof all - (size_t)n, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		    strlen(body), body);
	else
		n += snprintf(all + n, sizeof all - (size_t)n, "\r\n");
	cr_assert(n < (int)sizeof all);
	say(fd, all, (size_t)n);
	hear(fd, out);
	hang_up(fd);
}
