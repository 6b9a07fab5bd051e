/* The sockets to the publisher. What nng finishes on its threads posts `news`, and so does a stop, which may come from
 * a signal handler: sem_post() is all that it does. */
#include "room.h"

#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/req.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_MESSAGE = 1048576, RECONNECT_MIN_MS = 50, RECONNECT_MAX_MS = 2000, RESEND_MS = 60000, URL_BYTES = 256 };

/* One thing that nng does for us. */
struct op { nng_aio *aio; struct line *of; bool done; };

struct line {
	nng_socket ask, wake;
	struct op  asking, hearing;
	sem_t      news;
	bool       stop;          /* atomic */
	bool       hears;         /* `hearing` is under way */
};

static bool
is_set(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void
finished(void *arg)
{
	struct op *op = arg;

	__atomic_store_n(&op->done, true, __ATOMIC_RELEASE);
	(void)sem_post(&op->of->news);
}

static bool
dial_all(nng_socket s, const char *urls)
{
	char url[URL_BYTES];
	size_t n;

	(void)nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, MAX_MESSAGE);
	(void)nng_socket_set_ms(s, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
	(void)nng_socket_set_ms(s, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
	for (; *urls != '\0'; urls += n + (urls[n] == ',')) {
		n = strcspn(urls, ",");
		if (n == 0 || n >= sizeof(url))
			return false;
		memcpy(url, urls, n);
		url[n] = '\0';
		if (nng_dial(s, url, NULL, NNG_FLAG_NONBLOCK) != 0)
			return false;
	}
	return true;
}

/* A wake-up begins with its type and a zero byte. */
static void
subscribe(nng_socket s, const char *const *types)
{
	if (types == NULL)
		(void)nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, "", 0);
	for (; types != NULL && *types != NULL; types++)
		(void)nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, *types, strlen(*types) + 1);
}

/* With what was opened, on failure too. */
static bool
open_all(struct line *l, const char *wake_url, const char *ask_url, const char *const *types)
{
	l->asking.of = l->hearing.of = l;
	if (sem_init(&l->news, 0, 0) != 0 || nng_req0_open(&l->ask) != 0 || nng_sub0_open(&l->wake) != 0 ||
	    nng_aio_alloc(&l->asking.aio, finished, &l->asking) != 0 ||
	    nng_aio_alloc(&l->hearing.aio, finished, &l->hearing) != 0)
		return false;
	/* A question that is sent twice would be a replay: it is asked anew instead. */
	(void)nng_socket_set_ms(l->ask, NNG_OPT_REQ_RESENDTIME, RESEND_MS);
	subscribe(l->wake, types);
	return dial_all(l->ask, ask_url) && dial_all(l->wake, wake_url);
}

struct line *
line_open(const char *wake_url, const char *ask_url, const char *const *types)
{
	struct line *l = calloc(1, sizeof(*l));

	if (l != NULL && !open_all(l, wake_url, ask_url, types))
		line_close(&l);
	return l;
}

void
line_close(struct line **l)
{
	if (*l == NULL)
		return;
	(void)nng_close((*l)->ask);
	(void)nng_close((*l)->wake);
	nng_aio_free((*l)->asking.aio);
	nng_aio_free((*l)->hearing.aio);
	(void)sem_destroy(&(*l)->news);
	free(*l);
	*l = NULL;
}

static struct timespec
in_ms(int ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* True when it went well; a stop ends it. */
static bool
complete(struct line *l, struct op *op)
{
	while (!is_set(&op->done)) {
		if (is_set(&l->stop))
			nng_aio_cancel(op->aio);
		(void)sem_wait(&l->news);
	}
	nng_aio_wait(op->aio);
	return nng_aio_result(op->aio) == 0;
}

static void
begin(struct op *op, int timeout_ms)
{
	op->done = false;
	nng_aio_set_timeout(op->aio, timeout_ms);
}

static bool
send_question(struct line *l, const char *question, size_t bytes, int timeout_ms)
{
	nng_msg *m;

	if (nng_msg_alloc(&m, bytes) != 0)
		return false;
	memcpy(nng_msg_body(m), question, bytes);
	begin(&l->asking, timeout_ms);
	nng_aio_set_msg(l->asking.aio, m);
	nng_send_aio(l->ask, l->asking.aio);
	if (complete(l, &l->asking))
		return true;
	nng_msg_free(nng_aio_get_msg(l->asking.aio));
	return false;
}

bool
line_ask(struct line *l, const char *question, size_t bytes, int timeout_ms, struct reply *out)
{
	if (is_set(&l->stop) || !send_question(l, question, bytes, timeout_ms))
		return false;
	begin(&l->asking, timeout_ms);
	nng_recv_aio(l->ask, l->asking.aio);
	if (!complete(l, &l->asking))
		return false;
	nng_msg *m = nng_aio_get_msg(l->asking.aio);
	*out = (struct reply){ m, nng_msg_body(m), nng_msg_len(m) };
	return true;
}

void
line_free(struct reply *r)
{
	nng_msg_free(r->msg);
	r->msg = NULL;
}

/* Takes what has woken; false when nothing has. */
static bool
was_woken(struct line *l)
{
	if (!l->hears) {
		l->hears = true;
		begin(&l->hearing, NNG_DURATION_INFINITE);
		nng_recv_aio(l->wake, l->hearing.aio);
	}
	if (!is_set(&l->hearing.done))
		return false;
	nng_aio_wait(l->hearing.aio);
	l->hears = false;
	if (nng_aio_result(l->hearing.aio) != 0)
		return false;
	nng_msg_free(nng_aio_get_msg(l->hearing.aio));
	return true;
}

/* One question answers all that has woken meanwhile. */
static void
take_rest(struct line *l)
{
	nng_msg *m;

	while (nng_recvmsg(l->wake, &m, NNG_FLAG_NONBLOCK) == 0)
		nng_msg_free(m);
}

void
line_wait(struct line *l, int timeout_ms)
{
	struct timespec until = in_ms(timeout_ms);

	while (!is_set(&l->stop)) {
		if (was_woken(l)) {
			take_rest(l);
			return;
		}
		if (sem_clockwait(&l->news, CLOCK_MONOTONIC, &until) != 0 && errno == ETIMEDOUT)
			return;
	}
}

void
line_stop(struct line *l)
{
	__atomic_store_n(&l->stop, true, __ATOMIC_RELEASE);
	(void)sem_post(&l->news);
}

bool
line_stopped(const struct line *l)
{
	return is_set(&l->stop);
}
