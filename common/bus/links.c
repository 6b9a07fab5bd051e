/* Keeps one dialer per address. Host names are looked up on a short-lived thread, because the
 * threads that own these sockets must go on receiving while a name server is slow.
 * (getaddrinfo_a() would do the same with threads that the sanitizers cannot see, and crashes
 * under them.) */
#include "common/bus/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/clock.h"

static const struct addrinfo look_for = { .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV,
	.ai_socktype = SOCK_STREAM };
static const struct addrinfo read_only = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	.ai_socktype = SOCK_STREAM };

static void
count_join(nng_pipe pipe, nng_pipe_ev ev, void *arg)
{
	struct links *l = arg;

	(void)pipe;
	(void)ev;
	__atomic_add_fetch(&l->joins, 1, __ATOMIC_RELAXED);
}

/* False when the address has no form that nng reads. */
static bool
print_url(const struct addrinfo *a, char out[LINKS_URL_CHARS])
{
	char host[64], port[8];

	if (getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return false;
	int n = a->ai_family == AF_INET6
	    ? snprintf(out, LINKS_URL_CHARS, "tcp://[%s]:%s", host, port)
	    : snprintf(out, LINKS_URL_CHARS, "tcp://%s:%s", host, port);
	return n < LINKS_URL_CHARS;
}

static struct link *
link_find(struct links *l, const char *url)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->at[i].url, url) == 0)
			return &l->at[i];
	return NULL;
}

static void
link_dial(struct links *l, size_t host, const char *url)
{
	struct link *to = &l->at[l->n];

	if (l->n == LINKS_MAX || nng_dialer_create(&to->dialer, l->socket, url) != 0)
		return;
	if (nng_dialer_start(to->dialer, NNG_FLAG_NONBLOCK) != 0) {
		(void)nng_dialer_close(to->dialer);
		return;
	}
	memcpy(to->url, url, LINKS_URL_CHARS);
	to->host = host;
	to->seen = true;
	l->n++;
}

/* Dials the new addresses of one host and drops those it no longer has. */
static void
links_take(struct links *l, size_t host, const struct addrinfo *found)
{
	char url[LINKS_URL_CHARS] = "";

	for (size_t i = 0; i < l->n; i++)
		l->at[i].seen = l->at[i].host != host;
	for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
		if (!print_url(a, url))
			continue;
		struct link *known = link_find(l, url);
		if (known != NULL)
			known->seen = true;
		else
			link_dial(l, host, url);
	}
	for (size_t i = l->n; i-- > 0; ) {
		if (l->at[i].seen)
			continue;
		(void)nng_dialer_close(l->at[i].dialer);
		l->at[i] = l->at[--l->n];
	}
}

/* An address needs no resolver. */
static bool
take_numeric(struct links *l, size_t host)
{
	struct link_host *h = &l->hosts[host];
	struct addrinfo *found = NULL;

	if (getaddrinfo(h->name, h->port, &read_only, &found) != 0)
		return false;
	links_take(l, host, found);
	freeaddrinfo(found);
	h->next_us = INT64_MAX;
	return true;
}

static void *
look_run(void *arg)
{
	struct link_host *h = arg;

	h->rc = getaddrinfo(h->name, h->port, &look_for, &h->found);
	__atomic_store_n(&h->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void
look_up(struct link_host *h, int64_t again_us)
{
	h->found = NULL;
	__atomic_store_n(&h->done, false, __ATOMIC_RELAXED);
	h->looking = pthread_create(&h->thread, NULL, look_run, h) == 0;
	h->next_us = clock_mono_us() + again_us;
}

/* Waits for the look-up. One that failed gives NULL: better a dead address too many than a live
 * one too few. */
static struct addrinfo *
look_end(struct link_host *h)
{
	SURE(pthread_join(h->thread, NULL) == 0);
	h->looking = false;
	return h->rc == 0 ? h->found : NULL;
}

static void
look_done(struct links *l, size_t host)
{
	struct addrinfo *found = look_end(&l->hosts[host]);

	if (found == NULL)
		return;
	links_take(l, host, found);
	freeaddrinfo(found);
}

void
links_tend(struct links *l)
{
	for (size_t i = 0; i < l->n_hosts; i++) {
		struct link_host *h = &l->hosts[i];
		if (h->looking && __atomic_load_n(&h->done, __ATOMIC_ACQUIRE))
			look_done(l, i);
		else if (!h->looking && h->next_us <= clock_mono_us())
			look_up(h, (int64_t)l->resolve_ms * 1000);
	}
}

static void
add_host(struct links *l, const struct bus_peer *peer, enum links_port port)
{
	struct link_host *h = &l->hosts[l->n_hosts];

	memcpy(h->name, peer->host, sizeof(h->name));
	(void)snprintf(
	    h->port, sizeof(h->port), "%d", port == LINKS_PUB ? peer->pub_port : peer->ask_port);
	(void)take_numeric(l, l->n_hosts++);
}

const struct err *
links_open(struct req *rq, struct links **out, nng_socket socket, const struct bus_peers *peers,
    const char *name, enum links_port port)
{
	struct links *l = calloc(1, sizeof(*l));

	SURE(l != NULL);
	l->socket = socket;
	l->resolve_ms = BUS_RESOLVE_MS;
	SURE(nng_pipe_notify(socket, NNG_PIPE_EV_ADD_POST, count_join, l) == 0);
	for (size_t i = 0; i < peers->n; i++)
		if (strcmp(peers->at[i].name, name) == 0)
			add_host(l, &peers->at[i], port);
	*out = l;
	if (l->n_hosts == 0) {
		(void)nng_close(socket);
		links_close(out);
		return FAIL(
		    rq, INVALID, "bus.unknown_peer", "no address of %s is configured", name);
	}
	links_tend(l);
	return NULL;
}

void
links_close(struct links **l)
{
	if (*l == NULL)
		return;
	for (size_t i = 0; i < (*l)->n_hosts; i++) {
		struct link_host *h = &(*l)->hosts[i];
		struct addrinfo *found = h->looking ? look_end(h) : NULL;
		if (found != NULL)
			freeaddrinfo(found);
	}
	free(*l);
	*l = NULL;
}
