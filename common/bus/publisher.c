/* PUB: says everything to whoever is connected and never waits. */
#include <stdlib.h>

#include "common/bus/room.h"

struct bus_publisher { nng_socket socket; };

const struct err *
bus_publisher_open(struct req *rq, struct bus_publisher **out, const char *listen)
{
	nng_socket s;
	int rc = nng_pub0_open(&s);

	*out = NULL;
	if (rc != 0)
		return FAIL(rq, INTERNAL, "bus.cannot_open", "PUB: %s", nng_strerror(rc));
	SURE(nng_socket_set_int(s, NNG_OPT_SENDBUF, BUS_QUEUE) == 0);
	SURE(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, BUS_MAX_MESSAGE) == 0);
	const struct err *e = bus_listen(rq, s, listen);
	if (e != NULL) {
		(void)nng_close(s);
		return e;
	}
	*out = malloc(sizeof(**out));
	SURE(*out != NULL);
	(*out)->socket = s;
	return NULL;
}

void
bus_publish(struct bus_publisher *p, struct text message)
{
	nng_msg *m = bus_message(message);

	/* Lost is lost: the subscribers ask for what they miss. */
	if (m != NULL && nng_sendmsg(p->socket, m, NNG_FLAG_NONBLOCK) != 0)
		nng_msg_free(m);
}

void
bus_publisher_close(struct bus_publisher **p)
{
	if (*p == NULL)
		return;
	if (bus_socket_close((*p)->socket, *p))
		free(*p);
	*p = NULL;
}
