/* One connection after the other, a request each. */
#include "tests/unit/billing/toss/canned.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener, say_status;
static const char *say_body;
static char heard[65536];
static atomic_int count;

static void
read_request(int fd)
{
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(heard) - 1 && (got = recv(fd, heard + n, sizeof(heard) - 1 - n, 0)) > 0) {
		const char *end, *length;

		n += (size_t)got;
		heard[n] = '\0';
		end = strstr(heard, "\r\n\r\n");
		length = strcasestr(heard, "Content-Length:");
		if (end != NULL && n >= (size_t)(end + 4 - heard) + (length != NULL ? (size_t)atoi(length + 15) : 0))
			return;
	}
}

static void *
serve(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		read_request(fd);
		atomic_fetch_add(&count, 1);
		if (say_status != 0)
			dprintf(fd, "HTTP/1.1 %d As told\r\nContent-Type: application/json\r\nConnection: close\r\n"
			    "Content-Length: %zu\r\n\r\n%s", say_status, strlen(say_body), say_body);
		close(fd);
	}
	return NULL;
}

int
canned_open(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	pthread_t thread;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(listener, 64), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	pthread_detach(thread);
	return ntohs(at.sin_port);
}

void
canned_say(int status, const char *body)
{
	say_status = status;
	say_body = body;
}

const char *
canned_heard(void)
{
	return heard;
}

int
canned_count(void)
{
	return atomic_load(&count);
}
