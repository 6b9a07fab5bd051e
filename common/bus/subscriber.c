/* SUB to every replica of one publisher. */
#include <stdlib.h>

#include "common/bus/links.h"
#include "common/core/fault.h"

struct bus_subscriber { nng_socket socket; struct links *links; };

static void
sub_options(nng_socket s)
{
	SURE(nng_socket_set_int(s, NNG_OPT_RECVBUF, BUS_QUEUE) == 0);
	SURE(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, BUS_MAX_MESSAGE) == 0);
	SURE(nng_socket_set_ms(s, NNG_OPT_RECONNMINT, BUS_RECONNECT_MIN_MS) == 0);
	SURE(nng_socket_set_ms(s, NNG_OPT_RECONNMAXT, BUS_RECONNECT_MAX_MS) == 0);
	SURE(nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, "", 0) == 0);
}

const struct err *
bus_subscriber_open(struct req *rq, struct bus_subscriber **out, const struct bus_peers *peers,
    const char *name, int resolve_ms)
{
	struct links *links;
	nng_socket s;
	int rc = nng_sub0_open(&s);

	*out = NULL;
	if (rc != 0)
		return FAIL(rq, INTERNAL, "bus.cannot_open", "SUB: %s", nng_strerror(rc));
	sub_options(s);
	TRY(links_open(rq, &links, s, peers, name, LINKS_PUB));
	links->resolve_ms = resolve_ms;
	*out = malloc(sizeof(**out));
	SURE(*out != NULL);
	**out = (struct bus_subscriber){ s, links };
	return NULL;
}

bool
bus_receive(struct bus_subscriber *s, struct arena *mem, int timeout_ms, struct text *message)
{
	nng_msg *m;

	links_tend(s->links);
	if (timeout_ms > 0)
		SURE(nng_socket_set_ms(s->socket, NNG_OPT_RECVTIMEO, timeout_ms) == 0);
	int rc = nng_recvmsg(s->socket, &m, timeout_ms > 0 ? 0 : NNG_FLAG_NONBLOCK);
	if (rc != 0)
		return false;
	bool lost = FAULT_FAILS("bus.lost");
	*message = arena_copy(mem, (struct text){ nng_msg_body(m), nng_msg_len(m) });
	nng_msg_free(m);
	return !lost;
}

uint64_t
bus_subscriber_joins(const struct bus_subscriber *s)
{
	return __atomic_load_n(&s->links->joins, __ATOMIC_RELAXED);
}

void
bus_subscriber_close(struct bus_subscriber **s)
{
	if (*s == NULL)
		return;
	(void)nng_close((*s)->socket);
	links_close(&(*s)->links);
	free(*s);
	*s = NULL;
}
