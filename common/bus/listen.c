/* Listening sockets and messages, for the files of this room. */
#include <stdio.h>
#include <string.h>

#include "common/bus/room.h"

const struct err *
bus_listen(struct req *rq, nng_socket socket, const char *listen)
{
	char url[160];

	if (snprintf(url, sizeof(url), "tcp://%s", listen) >= (int)sizeof(url))
		return FAIL(
		    rq, INVALID, "bus.cannot_listen", "the address %.40s… is too long", listen);
	int rc = nng_listen(socket, url, NULL, 0);
	if (rc != 0)
		return FAIL(rq, INTERNAL, "bus.cannot_listen", "%s: %s", url, nng_strerror(rc));
	return NULL;
}

nng_msg *
bus_message(struct text bytes)
{
	nng_msg *m;

	/* Allocated at its full size at once: appending piece by piece is quadratic in nng. */
	if (nng_msg_alloc(&m, bytes.len) != 0)
		return NULL;
	if (bytes.len > 0)
		memcpy(nng_msg_body(m), bytes.at, bytes.len);
	return m;
}
