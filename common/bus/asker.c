/* REQ: asks one replica, and the next when the first does not answer. */
#include <stdlib.h>

#include "common/bus/links.h"
#include "common/core/clock.h"

/* A frozen replica keeps its connection; after this long nng puts the question to another one. */
enum { ASK_RESEND_MS = 1000 };

/* left: the socket would not close. */
struct bus_asker { nng_socket socket; struct links *links; bool left; };

static void
req_options(nng_socket s)
{
	SURE(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, BUS_MAX_MESSAGE) == 0);
	SURE(nng_socket_set_ms(s, NNG_OPT_RECONNMINT, BUS_RECONNECT_MIN_MS) == 0);
	SURE(nng_socket_set_ms(s, NNG_OPT_RECONNMAXT, BUS_RECONNECT_MAX_MS) == 0);
	SURE(nng_socket_set_ms(s, NNG_OPT_REQ_RESENDTIME, ASK_RESEND_MS) == 0);
}

const struct err *
bus_asker_open(
    struct req *rq, struct bus_asker **out, const struct bus_peers *peers, const char *name)
{
	struct links *links;
	nng_socket s;
	int rc = nng_req0_open(&s);

	*out = NULL;
	if (rc != 0)
		return FAIL(rq, INTERNAL, "bus.cannot_open", "REQ: %s", nng_strerror(rc));
	req_options(s);
	TRY(links_open(rq, &links, s, peers, name, LINKS_ASK));
	*out = malloc(sizeof(**out));
	SURE(*out != NULL);
	**out = (struct bus_asker){ .socket = s, .links = links };
	return NULL;
}

static int
left_ms(int64_t until_us)
{
	int64_t left = (until_us - clock_mono_us()) / 1000;

	return left < 1 ? 1 : (int)left;
}

const struct err *
bus_ask(
    struct req *rq, struct bus_asker *a, struct text question, int timeout_ms, struct text *answer)
{
	int64_t until = clock_mono_us() + (int64_t)timeout_ms * 1000;
	nng_msg *m = bus_message(question);

	links_tend(a->links);
	if (m == NULL)
		return FAIL(rq, UPSTREAM, "bus.no_answer", "could not ask: no memory");
	/* Fails after a stop, as the sending will. */
	(void)nng_socket_set_ms(a->socket, NNG_OPT_SENDTIMEO, timeout_ms);
	int rc = nng_sendmsg(a->socket, m, 0);
	if (rc != 0) {
		nng_msg_free(m);
		return FAIL(rq, UPSTREAM, "bus.no_answer", "could not ask: %s", nng_strerror(rc));
	}
	(void)nng_socket_set_ms(a->socket, NNG_OPT_RECVTIMEO, left_ms(until));
	rc = nng_recvmsg(a->socket, &m, 0);
	if (rc != 0)
		return FAIL(rq, UPSTREAM, "bus.no_answer", "no answer: %s", nng_strerror(rc));
	*answer = arena_copy(rq->mem, (struct text){ nng_msg_body(m), nng_msg_len(m) });
	nng_msg_free(m);
	return NULL;
}

void
bus_asker_stop(struct bus_asker *a)
{
	a->left = !bus_socket_close(a->socket, a);
}

void
bus_asker_close(struct bus_asker **a)
{
	if (*a == NULL)
		return;
	if (!(*a)->left && bus_socket_close((*a)->socket, *a)) {
		links_close(&(*a)->links);
		free(*a);
	}
	*a = NULL;
}
