/* The open connections of this process's servers, by file descriptor. */
#include "common/http/guests.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/core/address.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/http/socket.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

/* TICK_MS: how late a cut may come. LEAVE_MS: for civetweb's closing. TELL_US: refusals are told at most so often. */
enum { GUESTS = 65536, HOUSES = 8, TICK_MS = 250, LEAVE_MS = 2000, TELL_US = 10000000 };

METRIC(refused, COUNTER, "dure_http_connections_refused_total", NULL,
    "Connections refused on accept, their address having as many as it may");
METRIC(overdue, COUNTER, "dure_http_connections_overdue_total", NULL,
    "Connections cut because the client took too long to send or to read");

/* from: network byte order. due_us is changed without the lock, by the connection's thread alone; 0: never. At
 * first it is when the first request must have been read. */
struct guest { const struct http_server *of; struct in_addr from; in_port_t port; bool leaving; int64_t due_us; };

/* What stands in `at` below `end` and has an `of` is an open connection, or one that was open a moment ago. */
static struct {
	pthread_mutex_t           lock;
	struct guest              at[GUESTS];
	int                       end;
	const struct http_server *houses[HOUSES];
} guests = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The guest whom this thread of civetweb serves; −1: nobody. */
static _Thread_local int mine = -1;

static bool
address_of(int fd, int (*which)(int, struct sockaddr *, socklen_t *), struct sockaddr_in *out)
{
	union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_storage room; } at;
	socklen_t size = sizeof at;

	if (which(fd, &at.any, &size) != 0 || at.any.sa_family != AF_INET)
		return false;
	*out = at.v4;
	return true;
}

/* Whose listening socket that is; NULL: of no server of ours. */
static const struct http_server *
house_of(int listener)
{
	struct sockaddr_in at;
	const struct http_server *of = NULL;

	if (!address_of(listener, getsockname, &at))
		return NULL;
	pthread_mutex_lock(&guests.lock);
	for (int i = 0; i < HOUSES && of == NULL; i++) {
		const struct http_socket *socket = guests.houses[i] != NULL ? guests.houses[i]->socket : NULL;
		if (socket != NULL && (ntohs(at.sin_port) == socket->port || ntohs(at.sin_port) == socket->manage_port))
			of = guests.houses[i];
	}
	pthread_mutex_unlock(&guests.lock);
	return of;
}

static bool
is_same(int fd, const struct guest *g)
{
	struct sockaddr_in peer;

	return address_of(fd, getpeername, &peer) && peer.sin_addr.s_addr == g->from.s_addr && peer.sin_port == g->port;
}

/* Under the lock. A descriptor is used again as soon as civetweb has closed it, for anything. */
static bool
is_here(int fd)
{
	struct guest *g = &guests.at[fd];

	if (g->of != NULL && g->leaving && !is_same(fd, g))
		g->of = NULL;
	return g->of != NULL;
}

/* Under the lock. */
static int
count(const struct http_server *of, struct in_addr from)
{
	int n = 0;

	for (int fd = 0; fd < guests.end; fd++)
		if (guests.at[fd].of == of && guests.at[fd].from.s_addr == from.s_addr && is_here(fd))
			n++;
	return n;
}

static bool
is_exempt(const struct http_server *of, struct in_addr from)
{
	char text[INET_ADDRSTRLEN];

	return of->config.exempt != NULL && inet_ntop(AF_INET, &from, text, sizeof text) != NULL &&
	    address_listed(text_of(of->config.exempt), text_of(text));
}

static bool
admit(const struct http_server *of, int fd)
{
	struct sockaddr_in peer;
	bool fits;

	if (fd >= GUESTS || !address_of(fd, getpeername, &peer))
		return false;
	pthread_mutex_lock(&guests.lock);
	guests.at[fd].of = NULL;
	fits = of->config.per_address == 0 || count(of, peer.sin_addr) < of->config.per_address ||
	    is_exempt(of, peer.sin_addr);
	if (fits) {
		guests.at[fd] = (struct guest){ .of = of, .from = peer.sin_addr, .port = peer.sin_port,
			.due_us = clock_mono_us() + of->config.request_timeout_ms * INT64_C(1000) };
		guests.end = fd >= guests.end ? fd + 1 : guests.end;
	}
	pthread_mutex_unlock(&guests.lock);
	return fits;
}

static void
turn_away(struct http_socket *socket, int fd)
{
	metric_add(&refused, NULL, 1);
	__atomic_add_fetch(&socket->refused, 1, __ATOMIC_RELAXED);
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
	(void)close(fd);
}

/* In place of the C library's: a program's own names go before those of its libraries, so this is what libcivetweb
 * calls. A refused client hears a reset at once and costs neither a thread nor a place in civetweb's queue. */
__attribute__((visibility("default"))) int
accept(int listener, __SOCKADDR_ARG at, socklen_t *restrict size)
{
	int fd = accept4(listener, at, size, 0);
	const struct http_server *of = fd >= 0 ? house_of(listener) : NULL;

	if (of == NULL || admit(of, fd))
		return fd;
	turn_away(of->socket, fd);
	errno = ECONNABORTED;
	return -1;
}

/* civetweb names the client from its first request on, good or bad. */
static int
find(const struct mg_connection *conn)
{
	const struct mg_request_info *ri = mg_get_request_info(conn);
	struct in_addr from;
	int found = -1;

	if (ri == NULL || inet_pton(AF_INET, ri->remote_addr, &from) != 1)
		return -1;
	pthread_mutex_lock(&guests.lock);
	for (int fd = 0; fd < guests.end && found < 0; fd++) {
		const struct guest *g = &guests.at[fd];
		if (g->of != NULL && g->from.s_addr == from.s_addr && ntohs(g->port) == ri->remote_port && !g->leaving)
			found = fd;
	}
	pthread_mutex_unlock(&guests.lock);
	return found;
}

void
http_guest_due(const struct mg_connection *conn, int64_t ms)
{
	if (mine < 0)
		mine = find(conn);
	if (mine >= 0)
		__atomic_store_n(&guests.at[mine].due_us, ms == 0 ? 0 : clock_mono_us() + ms * 1000, __ATOMIC_RELAXED);
}

void
http_guest_leaves(const struct mg_connection *conn)
{
	http_guest_due(conn, LEAVE_MS);
	if (mine < 0)
		return;
	pthread_mutex_lock(&guests.lock);
	guests.at[mine].leaving = true;
	pthread_mutex_unlock(&guests.lock);
	mine = -1;
}

/* By a descriptor of our own: meanwhile nobody can put another socket under it. */
static void
cut(int fd)
{
	int held = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (held < 0)
		return;
	if (is_same(held, &guests.at[fd])) {
		metric_add(&overdue, NULL, 1);
		(void)shutdown(held, SHUT_RDWR);
		__atomic_store_n(&guests.at[fd].due_us, 0, __ATOMIC_RELAXED);
	}
	(void)close(held);
}

static void
look_round(const struct http_server *s)
{
	int64_t now_us = clock_mono_us();

	pthread_mutex_lock(&guests.lock);
	for (int fd = 0; fd < guests.end; fd++) {
		int64_t due_us = __atomic_load_n(&guests.at[fd].due_us, __ATOMIC_RELAXED);
		if (guests.at[fd].of == s && is_here(fd) && due_us != 0 && due_us <= now_us)
			cut(fd);
	}
	while (guests.end > 0 && guests.at[guests.end - 1].of == NULL)
		guests.end--;
	pthread_mutex_unlock(&guests.lock);
}

/* An operator must hear that somebody is turned away, but not of each. */
static void
tell(struct http_socket *socket, int64_t *told_us)
{
	int64_t now_us = clock_mono_us();

	if (now_us - *told_us < TELL_US || __atomic_load_n(&socket->refused, __ATOMIC_RELAXED) == 0)
		return;
	LOG(NULL, WARN, "http.connections_refused", kv_i("count", __atomic_exchange_n(&socket->refused, 0, __ATOMIC_RELAXED)));
	*told_us = now_us;
}

static void *
watch(void *arg)
{
	const struct http_server *s = arg;
	struct pollfd end = { s->socket->bell, POLLIN, 0 };
	int64_t told_us = -TELL_US;

	while (poll(&end, 1, TICK_MS) == 0) {
		look_round(s);
		tell(s->socket, &told_us);
	}
	return NULL;
}

void
http_guests_open(struct http_server *s)
{
	bool placed = false;

	pthread_mutex_lock(&guests.lock);
	for (int i = 0; i < HOUSES && !placed; i++)
		if (guests.houses[i] == NULL) {
			guests.houses[i] = s;
			placed = true;
		}
	pthread_mutex_unlock(&guests.lock);
	SURE(placed);
	SURE((s->socket->bell = eventfd(0, EFD_CLOEXEC)) >= 0);
	SURE(pthread_create(&s->socket->watch, NULL, watch, s) == 0);
}

void
http_guests_close(struct http_server *s)
{
	SURE(eventfd_write(s->socket->bell, 1) == 0);
	SURE(pthread_join(s->socket->watch, NULL) == 0);
	(void)close(s->socket->bell);
	pthread_mutex_lock(&guests.lock);
	for (int i = 0; i < HOUSES; i++)
		if (guests.houses[i] == s)
			guests.houses[i] = NULL;
	for (int fd = 0; fd < guests.end; fd++)
		if (guests.at[fd].of == s)
			guests.at[fd].of = NULL;
	pthread_mutex_unlock(&guests.lock);
}
