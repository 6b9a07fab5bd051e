/* A thread per connection, a few lines of HTTP. */
#include "tests/unit/provider/oddserver.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct visitor { struct oddserver *o; int fd; };

static void
put(int fd, const char *bytes, size_t len)
{
	(void)send(fd, bytes, len, MSG_NOSIGNAL);
}

static void
answer(int fd, const char *status, const char *extra, const char *body, size_t len)
{
	char head[512];
	int n = snprintf(head, sizeof head,
	    "HTTP/1.1 %s\r\nContent-Type: text/odd\r\n%sContent-Length: %zu\r\n\r\n", status, extra, len);

	put(fd, head, (size_t)n);
	put(fd, body, len);
}

/* Head and body of one request, NUL-terminated; 0: the client is gone. */
static size_t
read_request(int fd, char *all, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while ((got = recv(fd, all + n, size - 1 - n, 0)) > 0) {
		n += (size_t)got;
		all[n] = '\0';
		const char *end = strstr(all, "\r\n\r\n"), *length = strcasestr(all, "Content-Length:");
		if (end != NULL && n >= (size_t)(end + 4 - all) + (length != NULL ? (size_t)atoi(length + 15) : 0))
			return n;
	}
	return 0;
}

static bool
at(const char *request, const char *path)
{
	const char *target = strchr(request, ' ');

	return target != NULL && strncmp(target + 1, path, strlen(path)) == 0;
}

/* True: go on with this connection. */
static bool
behave(int fd, const char *request, size_t n, int nth)
{
	static char big[1048576];

	if (at(request, "/ok"))
		return answer(fd, "200 OK", "", "fine", 4), true;
	if (at(request, "/500"))
		answer(fd, "500 Oops", "", "sorry", 5);
	else if (at(request, "/redirect"))
		answer(fd, "302 Found", "Location: /ok\r\n", "", 0);
	else if (at(request, "/garbage"))
		put(fd, "\x16\x03nonsense\r\n\r\n", 14);
	else if (at(request, "/cut"))
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", 43);
	else if (at(request, "/big"))
		answer(fd, "200 OK", "", big, sizeof big);
	else if (at(request, "/echo"))
		answer(fd, "200 OK", "", request, n);
	else if (at(request, "/once") && nth > 1)
		answer(fd, "200 OK", "", "second", 6);
	else if (at(request, "/never"))
		(void)recv(fd, big, 1, 0);
	return false;
}

static void *
visit(void *arg)
{
	struct visitor v = *(struct visitor *)arg;
	static _Thread_local char request[65536];
	size_t n;

	free(arg);
	while ((n = read_request(v.fd, request, sizeof request)) > 0)
		if (!behave(v.fd, request, n, __atomic_add_fetch(&v.o->requests, 1, __ATOMIC_ACQ_REL)))
			break;
	(void)close(v.fd);
	return NULL;
}

static void *
listen_on(void *arg)
{
	struct oddserver *o = arg;
	int fd;

	while ((fd = accept(o->fd, NULL, NULL)) >= 0) {
		struct visitor *v = malloc(sizeof *v);
		pthread_t t;
		*v = (struct visitor){ o, fd };
		__atomic_add_fetch(&o->connections, 1, __ATOMIC_ACQ_REL);
		cr_assert_eq(pthread_create(&t, NULL, visit, v), 0);
		(void)pthread_detach(t);
	}
	return NULL;
}

static int
bind_any(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

void
oddserver_open(struct oddserver *o)
{
	pthread_t t;

	*o = (struct oddserver){ 0 };
	o->fd = bind_any(&o->port);
	cr_assert_eq(listen(o->fd, 64), 0);
	cr_assert_eq(pthread_create(&t, NULL, listen_on, o), 0);
	(void)pthread_detach(t);
}

int
oddserver_dead_port(void)
{
	int port, fd = bind_any(&port);

	(void)close(fd);
	return port;
}
