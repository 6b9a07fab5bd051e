/* A server that does what a test says. */
#include "tests/kit/peer.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/kit/kit.h"

enum { REQUEST_BYTES = 4 << 20, LINES = 64 };

struct peer {
	peer_serve     *serve;
	int             listener, port;
	char            address[32];
	pthread_t       thread;
	pthread_mutex_t lock;          /* of what follows */
	int             lines[LINES];  /* open connections, 0 for none */
	char            last[REQUEST_BYTES];
	int             connections, requests, in_hand, peak, open_now;      /* __atomic */
};

struct line { struct peer *p; int fd; };

void
peer_say(int fd, const char *bytes)
{
	(void)!send(fd, bytes, strlen(bytes), MSG_NOSIGNAL);
}

/* Head and told body; false when the caller has gone. */
static bool
hear(int fd, char *at, size_t room)
{
	size_t len = 0, want = 0;

	for (;;) {
		ssize_t n = recv(fd, at + len, room - len - 1, 0);
		const char *end, *told;

		if (n <= 0)
			return false;
		len += (size_t)n;
		at[len] = '\0';
		end = strstr(at, "\r\n\r\n");
		told = strcasestr(at, "\r\nContent-Length: ");
		if (end != NULL)
			want = (size_t)(end + 4 - at) + (told != NULL && told < end ? strtoul(told + 18, NULL, 10) : 0);
		if (end != NULL && len >= want)
			return true;
	}
}

static bool
serve_one(const struct line *l, const char *request)
{
	struct peer *p = l->p;
	int number = __atomic_add_fetch(&p->requests, 1, __ATOMIC_SEQ_CST);
	int now = __atomic_add_fetch(&p->in_hand, 1, __ATOMIC_SEQ_CST), peak = __atomic_load_n(&p->peak, __ATOMIC_SEQ_CST);
	bool stays;

	while (now > peak && !__atomic_compare_exchange_n(&p->peak, &peak, now, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	pthread_mutex_lock(&p->lock);
	strcpy(p->last, request);
	pthread_mutex_unlock(&p->lock);
	stays = p->serve(p, l->fd, number, request);
	(void)__atomic_sub_fetch(&p->in_hand, 1, __ATOMIC_SEQ_CST);
	return stays;
}

/* `is` becomes `to` in the list: 0 and a connection, or the other way round. */
static void
note_line(struct peer *p, int is, int to)
{
	size_t i = 0;

	pthread_mutex_lock(&p->lock);
	while (i < LINES && p->lines[i] != is)
		i++;
	if (i == LINES)
		kit_fail("more than %d connections to a peer", LINES);
	p->lines[i] = to;
	pthread_mutex_unlock(&p->lock);
}

static void *
talk(void *arg)
{
	struct line *l = arg;
	char *request = malloc(REQUEST_BYTES);

	while (hear(l->fd, request, REQUEST_BYTES) && serve_one(l, request))
		;
	note_line(l->p, l->fd, 0);
	(void)close(l->fd);
	(void)__atomic_sub_fetch(&l->p->open_now, 1, __ATOMIC_SEQ_CST);
	free(request);
	free(l);
	return NULL;
}

static void *
take(void *arg)
{
	struct peer *p = arg;
	int fd;

	while ((fd = accept(p->listener, NULL, NULL)) >= 0) {
		struct line *l = malloc(sizeof(*l));
		pthread_t thread;

		*l = (struct line){ p, fd };
		note_line(p, 0, fd);
		(void)__atomic_add_fetch(&p->connections, 1, __ATOMIC_SEQ_CST);
		(void)__atomic_add_fetch(&p->open_now, 1, __ATOMIC_SEQ_CST);
		kit_sure(pthread_create(&thread, NULL, talk, l) == 0);
		(void)pthread_detach(thread);
	}
	return NULL;
}

struct peer *
peer_open_at(int port, peer_serve *serve)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	struct peer *p = calloc(1, sizeof(*p));
	socklen_t size = sizeof(at);
	int on = 1;

	p->serve = serve;
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	kit_sure(setsockopt(p->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	kit_sure(bind(p->listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(p->listener, LINES) == 0);
	kit_sure(getsockname(p->listener, (struct sockaddr *)&at, &size) == 0);
	p->port = ntohs(at.sin_port);
	(void)snprintf(p->address, sizeof(p->address), "127.0.0.1:%d", p->port);
	kit_sure(pthread_mutex_init(&p->lock, NULL) == 0 && pthread_create(&p->thread, NULL, take, p) == 0);
	return p;
}

struct peer *
peer_open(peer_serve *serve)
{
	return peer_open_at(0, serve);
}

void
peer_close(struct peer **pp)
{
	struct peer *p = *pp;

	(void)shutdown(p->listener, SHUT_RDWR);
	(void)pthread_join(p->thread, NULL);
	(void)close(p->listener);
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < LINES; i++)
		if (p->lines[i] != 0)
			(void)shutdown(p->lines[i], SHUT_RDWR);
	pthread_mutex_unlock(&p->lock);
	kit_until(5000, peer_open_now(p) == 0);
	free(p);
	*pp = NULL;
}

const char *
peer_address(const struct peer *p)
{
	return p->address;
}

int
peer_port(const struct peer *p)
{
	return p->port;
}

int
peer_connections(const struct peer *p)
{
	return __atomic_load_n(&p->connections, __ATOMIC_SEQ_CST);
}

int
peer_requests(const struct peer *p)
{
	return __atomic_load_n(&p->requests, __ATOMIC_SEQ_CST);
}

int
peer_peak(const struct peer *p)
{
	return __atomic_load_n(&p->peak, __ATOMIC_SEQ_CST);
}

int
peer_open_now(const struct peer *p)
{
	return __atomic_load_n(&p->open_now, __ATOMIC_SEQ_CST);
}

const char *
peer_last(struct peer *p)
{
	const char *last;

	pthread_mutex_lock(&p->lock);
	last = kit_print("%s", p->last);
	pthread_mutex_unlock(&p->lock);
	return last;
}
