/* REP: a few threads that answer questions, each with a context and an arena of its own. */
#include <pthread.h>
#include <stdlib.h>

#include "common/bus/room.h"

/* What one answer may take: 256 rows read, and the answer itself made of them. */
enum { ANSWER_ARENA_BYTES = 16 * 1024 * 1024, RESPONDER_MAX_THREADS = 16 };

struct responder_thread {
	struct bus_responder *of;
	pthread_t             thread;
	nng_ctx               ctx;
	nng_aio              *aio;
	struct arena         *mem;
};

struct bus_responder {
	nng_socket              socket;
	bus_answer             *answer;
	void                   *arg;
	int                     n;
	struct responder_thread at[RESPONDER_MAX_THREADS];
};

/* The next question, or NULL once there shall be none. */
static nng_msg *
next_question(struct responder_thread *t)
{
	for (;;) {
		nng_ctx_recv(t->ctx, t->aio);
		nng_aio_wait(t->aio);
		int rc = nng_aio_result(t->aio);
		if (rc == 0)
			return nng_aio_get_msg(t->aio);
		if (rc == NNG_ECLOSED || rc == NNG_ECANCELED)
			return NULL;
		nng_msleep(10);        /* out of memory or descriptors: do not spin on it */
	}
}

static void
send_answer(struct responder_thread *t, const struct buf *answer)
{
	nng_msg *m = bus_message(answer->overflow ? (struct text){ NULL, 0 } : buf_as_text(answer));

	if (m == NULL)
		return;                /* the asker asks again */
	nng_aio_set_msg(t->aio, m);
	nng_ctx_send(t->ctx, t->aio);
	nng_aio_wait(t->aio);
	if (nng_aio_result(t->aio) != 0)
		nng_msg_free(nng_aio_get_msg(t->aio));
}

static void *
responder_run(void *arg)
{
	struct responder_thread *t = arg;
	nng_msg *q;

	while ((q = next_question(t)) != NULL) {
		struct buf answer = buf_in(t->mem, BUS_MAX_MESSAGE);
		t->of->answer(
		    t->of->arg, t->mem, (struct text){ nng_msg_body(q), nng_msg_len(q) }, &answer);
		nng_msg_free(q);
		send_answer(t, &answer);
		arena_reset(t->mem);
	}
	return NULL;
}

static void
responder_start(struct bus_responder *r, struct responder_thread *t)
{
	*t = (struct responder_thread){ .of = r, .mem = arena_open(ANSWER_ARENA_BYTES) };
	SURE(nng_ctx_open(&t->ctx, r->socket) == 0 && nng_aio_alloc(&t->aio, NULL, NULL) == 0);
	SURE(pthread_create(&t->thread, NULL, responder_run, t) == 0);
}

const struct err *
bus_responder_open(struct req *rq, struct bus_responder **out, const char *listen, int threads,
    bus_answer *answer, void *arg)
{
	nng_socket s;
	int rc = nng_rep0_open(&s);

	SURE(threads >= 1 && threads <= RESPONDER_MAX_THREADS);
	*out = NULL;
	if (rc != 0)
		return FAIL(rq, INTERNAL, "bus.cannot_open", "REP: %s", nng_strerror(rc));
	SURE(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, BUS_MAX_MESSAGE) == 0);
	struct bus_responder *r = calloc(1, sizeof(*r));
	SURE(r != NULL);
	*r = (struct bus_responder){ .socket = s, .answer = answer, .arg = arg, .n = threads };
	for (int i = 0; i < threads; i++)
		responder_start(r, &r->at[i]);
	const struct err *e = bus_listen(rq, s, listen);
	if (e != NULL) {
		bus_responder_close(&r);
		return e;
	}
	*out = r;
	return NULL;
}

/* The threads end first: a socket of nng 1.5.2 that is closed while a call on one of its contexts is about to return may
 * be freed under it. */
static void
responder_stop(struct bus_responder *r)
{
	for (int i = 0; i < r->n; i++)
		nng_aio_stop(r->at[i].aio);
	for (int i = 0; i < r->n; i++) {
		struct responder_thread *t = &r->at[i];
		SURE(pthread_join(t->thread, NULL) == 0);
		(void)nng_ctx_close(t->ctx);
		nng_aio_free(t->aio);
		arena_close(&t->mem);
	}
}

void
bus_responder_close(struct bus_responder **r)
{
	if (*r == NULL)
		return;
	responder_stop(*r);
	if (bus_socket_close((*r)->socket, *r))
		free(*r);
	*r = NULL;
}
