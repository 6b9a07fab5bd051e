/* Keep-alive connections to one service.
 *
 * Last in, first out, so that the number of warm connections follows the load. A civetweb service spends one thread
 * on each, so the bound protects it; who finds none waits in turn until its deadline. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "services/gateway/upstream/upstream.h"

/* A service keeps an idle connection for 60 s; we give ours up well before, so that it is not closed in our hand. Nor when
 * the service ends: its DURE_SHUTDOWN_DELAY_MS must be longer than this. */
static const int64_t IDLE_US = INT64_C(5) * 1000000;

/* How often a wait looks whether the process drains. */
enum { LOOK_MS = 500 };

struct kept { int fd; int64_t since_us; };

struct upstream {
	pthread_mutex_t lock;
	pthread_cond_t  freed;
	char            name[32], host[128], port[8];
	int             connect_ms, max, n_kept, n_busy;
	struct kept     kept[];
};

const struct err *
upstream_open(struct req *rq, struct upstream **out, const char *name, const char *address, int max_connections,
    int connect_ms)
{
	struct upstream *u = calloc(1, sizeof(*u) + (size_t)max_connections * sizeof(u->kept[0]));
	struct text port = text_of(address), host = { NULL, 0 };
	pthread_condattr_t monotonic;
	int64_t number;

	SURE(u != NULL);
	host = text_cut(&port, ':');
	*out = u;
	if (host.len == 0 || host.len >= sizeof(u->host) || port.at == NULL || port.len >= sizeof(u->port) ||
	    !text_to_i64(port, &number) || number < 1 || number > 65535)
		return FAIL(rq, INVALID, "config.upstream", "%s=%s is not host:port", name, address);
	memcpy(u->host, host.at, host.len);
	memcpy(u->port, port.at, port.len);
	(void)strncpy(u->name, name, sizeof(u->name) - 1);
	u->max = max_connections;
	u->connect_ms = connect_ms;
	SURE(pthread_mutex_init(&u->lock, NULL) == 0 && pthread_condattr_init(&monotonic) == 0);
	SURE(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 && pthread_cond_init(&u->freed, &monotonic) == 0);
	return NULL;
}

void
upstream_close(struct upstream **u)
{
	if (*u == NULL)
		return;
	for (int i = 0; i < (*u)->n_kept; i++)
		(void)close((*u)->kept[i].fd);
	free(*u);
	*u = NULL;
}

/* What is left to wait; nothing when the process drains and has less time than that. So an answer that comes when there
 * is something to say does not hold up the end. */
static int64_t
patience_ms(const struct req *rq)
{
	int64_t left_ms = (rq->deadline_us - clock_mono_us() + 999) / 1000;
	bool drains = rq->app != NULL && __atomic_load_n(&rq->app->draining, __ATOMIC_ACQUIRE);

	return drains && left_ms > rq->app->config->drain_ms ? 0 : left_ms;
}

bool
upstream_wait(const struct req *rq, int fd, short events)
{
	for (;;) {
		int64_t left_ms = patience_ms(rq);
		struct pollfd p = { .fd = fd, .events = events };
		int n = left_ms > 0 ? poll(&p, 1, (int)(left_ms > LOOK_MS ? LOOK_MS : left_ms)) : 0;

		if (n > 0)
			return true;
		if (left_ms <= 0 || (n < 0 && errno != EINTR))
			return false;
	}
}

int
upstream_recv_flags(const struct req *rq)
{
	return patience_ms(rq) < LOOK_MS ? MSG_DONTWAIT : 0;
}

static bool
finish_connect(const struct req *rq, int fd)
{
	int error = 0, one = 1;
	socklen_t size = sizeof(error);

	if (!upstream_wait(rq, fd, POLLOUT) || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
		return false;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return true;
}

static int
connect_one(const struct req *rq, const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);

	if (fd < 0)
		return -1;
	if ((connect(fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS) && finish_connect(rq, fd))
		return fd;
	(void)close(fd);
	return -1;
}

int
upstream_connect(struct req *rq, struct upstream *u)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *list = NULL;
	struct req connecting = *rq;
	int64_t limit_us = clock_mono_us() + (int64_t)u->connect_ms * 1000;
	int fd = -1;

	if (connecting.deadline_us > limit_us)
		connecting.deadline_us = limit_us;
	if (getaddrinfo(u->host, u->port, &hints, &list) != 0)
		return -1;
	for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
		fd = connect_one(&connecting, a);
	freeaddrinfo(list);
	return fd;
}

/* Most answers are waited for: a socket that does so in recv() spares asking in vain, poll() and asking again. */
static int
connect_patient(struct req *rq, struct upstream *u)
{
	static const struct timeval look = { .tv_sec = LOOK_MS / 1000, .tv_usec = LOOK_MS % 1000 * 1000 };
	int fd = upstream_connect(rq, u);

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof(look)) == 0)
		(void)fcntl(fd, F_SETFL, 0);
	return fd;
}

/* A place among the busy ones. *fd is a kept connection, or −1 when one must be made. */
static bool
take_place(const struct req *rq, struct upstream *u, int *fd)
{
	struct timespec until = { .tv_sec = rq->deadline_us / 1000000, .tv_nsec = rq->deadline_us % 1000000 * 1000 };
	bool late = false;

	SURE(pthread_mutex_lock(&u->lock) == 0);
	while (u->n_busy >= u->max && !late)
		late = pthread_cond_timedwait(&u->freed, &u->lock, &until) == ETIMEDOUT;
	if (u->n_busy < u->max) {
		late = false;
		u->n_busy++;
		*fd = u->n_kept > 0 ? u->kept[--u->n_kept].fd : -1;
		if (*fd >= 0 && clock_mono_us() - u->kept[u->n_kept].since_us > IDLE_US) {
			(void)close(*fd);
			*fd = -1;
		}
	}
	SURE(pthread_mutex_unlock(&u->lock) == 0);
	return !late;
}

static void
give_place(struct upstream *u, int fd, bool reusable)
{
	SURE(pthread_mutex_lock(&u->lock) == 0);
	u->n_busy--;
	if (reusable)
		u->kept[u->n_kept++] = (struct kept){ fd, clock_mono_us() };
	SURE(pthread_cond_signal(&u->freed) == 0 && pthread_mutex_unlock(&u->lock) == 0);
	if (!reusable && fd >= 0)
		(void)close(fd);
}

/* An idle connection that can be read has ended, or holds what nobody asked for. */
static bool
still_idle(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

static bool
send_all(const struct req *rq, int fd, struct text bytes)
{
	while (bytes.len > 0) {
		ssize_t n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN && upstream_wait(rq, fd, POLLOUT))
			continue;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = (struct text){ bytes.at + n, bytes.len - (size_t)n };
	}
	return true;
}

struct attempt { int fd; bool fresh, reusable; };

static const struct err *
attempt_once(struct req *rq, struct upstream *u, struct text request, struct attempt *a, struct upstream_answer *out)
{
	enum upstream_read got;

	a->reusable = false;
	if (a->fd < 0) {
		a->fresh = true;
		if ((a->fd = connect_patient(rq, u)) < 0)
			return FAIL(rq, BUSY, "upstream.unreachable", "%s cannot be reached", u->name);
	}
	if (!send_all(rq, a->fd, request))
		return FAIL(rq, UPSTREAM, "upstream.lost", "%s has hung up", u->name);
	got = upstream_read_answer(rq, a->fd, out, &a->reusable);
	if (got == READ_LATE)
		return FAIL(rq, TIMEOUT, "upstream.timeout", "%s has not answered in time", u->name);
	if (got != READ_WHOLE)
		return FAIL(rq, UPSTREAM, "upstream.lost", "%s has hung up before its answer", u->name);
	return NULL;
}

const struct err *
upstream_exchange(struct req *rq, struct upstream *u, struct text request, bool repeatable, struct upstream_answer *out)
{
	struct attempt a = { .fd = -1 };
	const struct err *e;

	if (!take_place(rq, u, &a.fd))
		return FAIL(rq, BUSY, "upstream.busy", "all connections to %s are in use", u->name);
	if (a.fd >= 0 && !still_idle(a.fd)) {
		(void)close(a.fd);
		a.fd = -1;
	}
	e = attempt_once(rq, u, request, &a, out);
	if (e != NULL && e->code == E_UPSTREAM && repeatable && !a.fresh) {
		(void)close(a.fd);
		a.fd = -1;
		e = attempt_once(rq, u, request, &a, out);
	}
	give_place(u, a.fd, e == NULL && a.reusable);
	return e;
}

const char *
upstream_host(const struct upstream *u)
{
	return u->host;
}

struct upstream_stats
upstream_stats(struct upstream *u)
{
	struct upstream_stats stats;

	SURE(pthread_mutex_lock(&u->lock) == 0);
	stats = (struct upstream_stats){ u->name, u->n_busy, u->n_kept };
	SURE(pthread_mutex_unlock(&u->lock) == 0);
	return stats;
}
