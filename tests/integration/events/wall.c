/* The wall: two threads a connection, which copy until somebody hangs up. */
#include "tests/integration/events/wall.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/base.h"

enum { CHUNK = 65536 };

struct pipe { int from, to; };
struct door { int listener, to; };

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
}

static void *
copy(void *arg)
{
	struct pipe p = *(struct pipe *)arg;
	char *bytes = malloc(CHUNK);
	ssize_t n;

	SURE(bytes != NULL);
	while ((n = read(p.from, bytes, CHUNK)) > 0)
		if (write(p.to, bytes, (size_t)n) != n)
			break;
	(void)shutdown(p.from, SHUT_RDWR);
	(void)shutdown(p.to, SHUT_RDWR);
	free(bytes);
	free(arg);
	return NULL;
}

static void
start_copy(int from, int to)
{
	struct pipe *p = malloc(sizeof(*p));
	pthread_t thread;

	SURE(p != NULL);
	*p = (struct pipe){ from, to };
	SURE(pthread_create(&thread, NULL, copy, p) == 0 && pthread_detach(thread) == 0);
}

static void *
keep_door(void *arg)
{
	const struct door *door = arg;
	struct sockaddr_in a = loopback(door->to);
	int in;

	while ((in = accept(door->listener, NULL, NULL)) >= 0) {
		int out = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(out, (struct sockaddr *)&a, sizeof(a)) != 0) {
			(void)close(in);
			(void)close(out);
			continue;
		}
		start_copy(in, out);
		start_copy(out, in);
	}
	return NULL;
}

static int
open_listener(int *port)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	SURE(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 16) == 0);
	SURE(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	*port = ntohs(a.sin_port);
	return fd;
}

void
wall_open(struct wall *w, const int to[WALL_DOORS])
{
	static struct door doors[WALL_DOORS];
	pthread_t thread;

	for (int i = 0; i < WALL_DOORS; i++)
		doors[i] = (struct door){ open_listener(&w->ports[i]), to[i] };
	w->pid = fork();
	SURE(w->pid >= 0);
	if (w->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)signal(SIGPIPE, SIG_IGN);
		for (int i = 0; i < WALL_DOORS; i++)
			SURE(pthread_create(&thread, NULL, keep_door, &doors[i]) == 0);
		for (;;)
			(void)pause();
	}
	for (int i = 0; i < WALL_DOORS; i++)
		(void)close(doors[i].listener);
}

void
wall_freeze(struct wall *w)
{
	SURE(kill(w->pid, SIGSTOP) == 0);
}

void
wall_thaw(struct wall *w)
{
	SURE(kill(w->pid, SIGCONT) == 0);
}

void
wall_close(struct wall *w)
{
	SURE(kill(w->pid, SIGKILL) == 0 && waitpid(w->pid, NULL, 0) == w->pid);
}
