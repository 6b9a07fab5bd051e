/* Fuzzes the gateway's reader of a service's answer: the bytes come over a socket that ends behind them. */
#include "common/core/clock.h"
#include "common/core/text.h"
#include "services/gateway/upstream/upstream.h"
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536 };      /* fits a socket's buffer, and twice the largest head */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
socket_with(const uint8_t *data, size_t size)
{
	int pair[2];

	SURE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	SURE(fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0);
	SURE(send(pair[1], data, size, MSG_NOSIGNAL) == (ssize_t)size);
	(void)close(pair[1]);
	return pair[0];
}

/* What was taken is one whole answer, byte for byte. */
static void
check(struct text all, const struct upstream_answer *a)
{
	SURE(a->status >= 100 && a->status <= 599);
	SURE(a->head.len + a->body.len + 4 <= all.len);
	SURE(a->body.len == 0 || memmem(all.at, all.len, a->body.at, a->body.len) != NULL);
	SURE(a->head.len == 0 || a->head.at[a->head.len - 1] == '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct upstream_answer answer = { 0 };
	struct req rq = { .mem = arena_open((size_t)32 << 20), .deadline_us = clock_mono_us() + 1000000 };
	bool reusable;
	int fd;

	if (size <= MOST) {
		fd = socket_with(data, size);
		if (upstream_read_answer(&rq, fd, &answer, &reusable) == READ_WHOLE)
			check((struct text){ (const char *)data, size }, &answer);
		else
			SURE(!reusable);
		(void)close(fd);
	}
	arena_close(&rq.mem);
	return 0;
}
