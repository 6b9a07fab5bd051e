/* A service that does what a test says. */
#include "tests/unit/gateway/peer.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/kit/kit.h"

enum { REQUEST_BYTES = 1 << 20 };

struct peer {
	peer_serve     *serve;
	int             listener;
	char            address[32];
	pthread_t       thread;
	pthread_mutex_t lock;          /* of last */
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

static void *
talk(void *arg)
{
	struct line *l = arg;
	char *request = malloc(REQUEST_BYTES);

	while (hear(l->fd, request, REQUEST_BYTES) && serve_one(l, request))
		;
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
		(void)__atomic_add_fetch(&p->connections, 1, __ATOMIC_SEQ_CST);
		(void)__atomic_add_fetch(&p->open_now, 1, __ATOMIC_SEQ_CST);
		cr_assert_eq(pthread_create(&thread, NULL, talk, l), 0);
		(void)pthread_detach(thread);
	}
	return NULL;
}

struct peer *
peer_open(peer_serve *serve)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct peer *p = calloc(1, sizeof(*p));
	socklen_t size = sizeof(at);

	p->serve = serve;
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(p->listener, (struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(p->listener, 64), 0);
	cr_assert_eq(getsockname(p->listener, (struct sockaddr *)&at, &size), 0);
	(void)snprintf(p->address, sizeof(p->address), "127.0.0.1:%d", ntohs(at.sin_port));
	cr_assert_eq(pthread_mutex_init(&p->lock, NULL), 0);
	cr_assert_eq(pthread_create(&p->thread, NULL, take, p), 0);
	return p;
}

/* The callers' ends are closed by then, so every line ends by itself. */
void
peer_close(struct peer **pp)
{
	struct peer *p = *pp;

	(void)shutdown(p->listener, SHUT_RDWR);
	(void)pthread_join(p->thread, NULL);
	(void)close(p->listener);
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
peer_last(const struct peer *p)
{
	return p->last;
}
