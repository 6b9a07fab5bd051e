/* The probe command: asks the /readyz of this service's own door, for health checks where there is no shell and no curl. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/svc/room.h"

/* PROBE_MS: more than readyz takes itself, less than an orchestrator waits. ANSWER_BYTES: head and a problem document. */
enum { PROBE_MS = 3000, ANSWER_BYTES = 8192 };

static const char ask[] = "GET /readyz HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";

/* "0.0.0.0:8101" is reached at 127.0.0.1, "8101" as well. The first one of several. */
static bool
own_door(const char *listen, struct sockaddr_in *out)
{
	struct text port = text_of(listen), host, first = text_cut(&port, ',');
	char name[INET_ADDRSTRLEN] = "127.0.0.1";
	int64_t number;

	port = first;
	host = text_cut(&port, ':');
	if (port.at == NULL)
		port = host;
	else if (host.len < sizeof(name) && !text_is(host, "0.0.0.0"))
		(void)snprintf(name, sizeof(name), "%.*s", TEXT_ARG(host));
	*out = (struct sockaddr_in){ .sin_family = AF_INET };
	if (!text_to_i64(port, &number) || number < 1 || number > 65535 || inet_pton(AF_INET, name, &out->sin_addr) != 1)
		return false;
	out->sin_port = htons((uint16_t)number);
	return true;
}

/* Waits until the socket can be read or written; false when the time is over. */
static bool
comes(int fd, short event, int64_t limit_us)
{
	struct pollfd p = { .fd = fd, .events = event };
	int64_t left_us = limit_us - clock_mono_us();

	return left_us > 0 && poll(&p, 1, (int)(left_us / 1000) + 1) == 1;
}

static bool
connected(int fd, const struct sockaddr_in *door, int64_t limit_us)
{
	int why = 0;
	socklen_t size = sizeof(why);

	if (connect(fd, (const struct sockaddr *)door, sizeof(*door)) == 0)
		return true;
	if (errno != EINPROGRESS || !comes(fd, POLLOUT, limit_us))
		return false;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) == 0 && why == 0;
}

/* Reads until the door closes the connection, the answer is too long for it or the time is over. */
static void
read_answer(int fd, int64_t limit_us, char answer[ANSWER_BYTES])
{
	size_t n = 0;
	ssize_t got = 1;

	while (n < ANSWER_BYTES - 1 && got > 0 && comes(fd, POLLIN, limit_us)) {
		got = recv(fd, answer + n, ANSWER_BYTES - 1 - n, 0);
		n += got > 0 ? (size_t)got : 0;
	}
	answer[n] = '\0';
}

static bool
asked(const struct sockaddr_in *door, char answer[ANSWER_BYTES])
{
	int64_t limit_us = clock_mono_us() + (int64_t)PROBE_MS * 1000;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool sent = fd >= 0 && connected(fd, door, limit_us) && send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) == sizeof(ask) - 1;

	answer[0] = '\0';
	if (sent)
		read_answer(fd, limit_us, answer);
	if (fd >= 0)
		(void)close(fd);
	return sent;
}

/* The one line: the status and what stands in the body, which is JSON in one line. */
static void
tell_answer(const char *answer)
{
	const char *body = strstr(answer, "\r\n\r\n");

	printf("%s: not ready: %.3s %.*s\n", process.svc->name, answer + strlen("HTTP/1.1 "),
	    body != NULL ? (int)strcspn(body + 4, "\r\n") : 0, body != NULL ? body + 4 : "");
}

int
svc_probe(void)
{
	const char *name = process.svc->name, *listen;
	char answer[ANSWER_BYTES];
	struct sockaddr_in door;

	svc_configure_some();
	listen = process.config.listen;
	if (listen == NULL || !own_door(listen, &door)) {
		printf("%s: not ready: DURE_LISTEN names no door to ask\n", name);
		return 1;
	}
	if (!asked(&door, answer))
		printf("%s: not ready: nobody listens on %s\n", name, listen);
	else if (strncmp(answer, "HTTP/1.1 200 ", 13) == 0)
		return printf("%s: ready\n", name) > 0 ? 0 : 1;
	else if (strncmp(answer, "HTTP/1.1 ", 9) != 0)
		printf("%s: not ready: no answer within %d ms\n", name, PROBE_MS);
	else
		tell_answer(answer);
	return 1;
}
