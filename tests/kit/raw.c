/* Bare TCP: bytes as the test has them. */
#include "tests/kit/room.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/core/buf.h"
#include "common/core/clock.h"

#define READ_BYTES  ((size_t)16 << 20)

struct kit_raw { int fd; bool closed; };

int
kit_dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		kit_fail("socket: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

struct kit_raw *
kit_raw_open(int port)
{
	struct kit_raw *r = calloc(1, sizeof(*r));

	SURE(r != NULL);
	r->fd = kit_dial(port);
	if (r->fd < 0)
		kit_fail("port %d refuses connections", port);
	return r;
}

/* A peer that closes early is for the test to see when it reads. */
void
kit_raw_send(struct kit_raw *r, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t n = send(r->fd, at, length, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			at += n;
			length -= (size_t)n;
		}
	}
}

void
kit_raw_text(struct kit_raw *r, const char *text)
{
	kit_raw_send(r, text, strlen(text));
}

/* Appends what has arrived; false at the end of the connection or of the time. */
static bool
receive(struct kit_raw *r, struct buf *to, int64_t deadline_us)
{
	char chunk[4096];
	int64_t left = (deadline_us - clock_mono_us()) / 1000;
	ssize_t n;

	if (left < 0 || poll(&(struct pollfd){ .fd = r->fd, .events = POLLIN }, 1, (int)left) <= 0)
		return false;
	n = recv(r->fd, chunk, sizeof(chunk), 0);
	if (n <= 0)
		r->closed = true;
	else
		buf_put(to, chunk, (size_t)n);
	return n > 0;
}

const char *
kit_raw_read(struct kit_raw *r, const char *until, int timeout_ms)
{
	struct buf all = buf_heap(READ_BYTES);
	int64_t deadline = kit_deadline(timeout_ms);
	const char *kept;

	while (receive(r, &all, deadline))
		if (until != NULL && memmem(all.at, all.len, until, strlen(until)) != NULL)
			break;
	kept = kit_keep(all.len > 0 ? all.at : "", all.len);
	buf_free(&all);
	return kept;
}

bool
kit_raw_closed(struct kit_raw *r, int timeout_ms)
{
	kit_raw_read(r, NULL, timeout_ms);
	return r->closed;
}

void
kit_raw_close(struct kit_raw **rp)
{
	close((*rp)->fd);
	free(*rp);
	*rp = NULL;
}
