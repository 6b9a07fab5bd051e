/* SUB to every replica of one publisher. */
#include <poll.h>
#include <stdlib.h>

#include "common/bus/links.h"
#include "common/core/fault.h"

/* ready_fd: nng's, readable while a message waits. */
struct bus_subscriber { nng_socket socket; struct links *links; int ready_fd; };

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
	**out = (struct bus_subscriber){ s, links, -1 };
	SURE(nng_socket_get_int(s, NNG_OPT_RECVFD, &(*out)->ready_fd) == 0);
	return NULL;
}

/* Waits on the descriptor and not in nng_recvmsg(): nng ends each time limit with up to a
 * millisecond of spinning, which at ten waits a second and subscriber was most of what an idle
 * service cost. */
static bool
receive(struct bus_subscriber *s, int timeout_ms, nng_msg **m)
{
	struct pollfd ready = { .fd = s->ready_fd, .events = POLLIN };

	if (nng_recvmsg(s->socket, m, NNG_FLAG_NONBLOCK) == 0)
		return true;
	return timeout_ms > 0 && poll(&ready, 1, timeout_ms) > 0 &&
	    nng_recvmsg(s->socket, m, NNG_FLAG_NONBLOCK) == 0;
}

bool
bus_receive(struct bus_subscriber *s, struct arena *mem, int timeout_ms, struct text *message)
{
	nng_msg *m;

	links_tend(s->links);
	if (!receive(s, timeout_ms, &m))
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
	if (bus_socket_close((*s)->socket, *s)) {
		links_close(&(*s)->links);
		free(*s);
	}
	*s = NULL;
}
