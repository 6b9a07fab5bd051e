/* Closing a socket, without waiting for ever.
 *
 * nng_close() of nng 1.5.2 sometimes does not return when messages are under way (seen about once in a hundred stops
 * under load): it waits for a pipe that nobody reaps. The socket does no work any more by then, so it is left behind. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/bus/room.h"
#include "common/log/log.h"

enum { CLOSE_MS = 3000, LEFT_MAX = 32 };

/* What belongs to sockets that were left behind, so that a leak checker does not take it for lost. When nng is stuck with
 * one it is stuck with all. */
static struct { pthread_mutex_t lock; const void *owner[LEFT_MAX]; int n; } left = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool
is_stuck(void)
{
	SURE(pthread_mutex_lock(&left.lock) == 0);
	bool stuck = left.n > 0;
	SURE(pthread_mutex_unlock(&left.lock) == 0);
	return stuck;
}

static void
leave(const void *owner)
{
	SURE(pthread_mutex_lock(&left.lock) == 0);
	if (left.n < LEFT_MAX)
		left.owner[left.n++] = owner;
	SURE(pthread_mutex_unlock(&left.lock) == 0);
	LOG(NULL, WARN, "bus.left_open", kv_i("waitedMs", CLOSE_MS));
}

/* Shared by who closes and who waits; the last one frees it. */
struct closing {
	nng_socket      socket;
	pthread_mutex_t lock;
	pthread_cond_t  ended;
	bool            closed, left;
};

static void
closing_free(struct closing *c)
{
	SURE(pthread_cond_destroy(&c->ended) == 0 && pthread_mutex_destroy(&c->lock) == 0);
	free(c);
}

static void *
run(void *arg)
{
	struct closing *c = arg;
	bool is_left;

	(void)nng_close(c->socket);
	SURE(pthread_mutex_lock(&c->lock) == 0);
	c->closed = true;
	is_left = c->left;
	SURE(pthread_cond_signal(&c->ended) == 0);
	SURE(pthread_mutex_unlock(&c->lock) == 0);
	if (is_left)
		closing_free(c);
	return NULL;
}

static struct closing *
closing_new(nng_socket socket)
{
	struct closing *c = calloc(1, sizeof(*c));
	pthread_condattr_t monotonic;

	SURE(c != NULL && pthread_condattr_init(&monotonic) == 0);
	c->socket = socket;
	SURE(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	SURE(pthread_mutex_init(&c->lock, NULL) == 0 && pthread_cond_init(&c->ended, &monotonic) == 0);
	SURE(pthread_condattr_destroy(&monotonic) == 0);
	return c;
}

/* True when it was closed in time. */
static bool
await(struct closing *c)
{
	struct timespec until;
	bool closed;

	SURE(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_sec += CLOSE_MS / 1000;
	SURE(pthread_mutex_lock(&c->lock) == 0);
	while (!c->closed && pthread_cond_timedwait(&c->ended, &c->lock, &until) == 0)
		;
	closed = c->closed;
	c->left = !closed;
	SURE(pthread_mutex_unlock(&c->lock) == 0);
	return closed;
}

bool
bus_socket_close(nng_socket socket, const void *owner)
{
	struct closing *c;
	pthread_t thread;

	if (is_stuck()) {
		leave(owner);
		return false;
	}
	c = closing_new(socket);
	if (pthread_create(&thread, NULL, run, c) != 0) {
		closing_free(c);
		(void)nng_close(socket);
		return true;
	}
	if (await(c)) {
		SURE(pthread_join(thread, NULL) == 0);
		closing_free(c);
		return true;
	}
	SURE(pthread_detach(thread) == 0);
	leave(owner);
	return false;
}
