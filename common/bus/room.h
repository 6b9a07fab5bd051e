/* What the files of this room share and nobody else may see: nng's words. */
#ifndef BUS_ROOM_H
#define BUS_ROOM_H
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/util/platform.h>

#include "common/bus/bus.h"

/* nng drops what does not fit its queues. Whoever says much at once says it in messages of some 16 KiB
 * (common/outbox/relay.c), so this is 16 MiB for each connection that takes nothing, and a second of one message
 * for each commit. */
enum { BUS_QUEUE = 1024, BUS_RECONNECT_MIN_MS = 50, BUS_RECONNECT_MAX_MS = 1000 };

/* Binds and listens on "host:port". INTERNAL "bus.cannot_listen" with nng's reason. */
const struct err *bus_listen(struct req *rq, nng_socket socket, const char *listen) MUST_USE;
/* A message holding these bytes; NULL when memory is out. */
nng_msg          *bus_message(struct text bytes);
/* nng_close() within some seconds, at the end of the process. False: it has not returned, so the owner, and whatever of it
 * nng may still look at, must stay where it is. */
bool              bus_socket_close(nng_socket socket, const void *owner) MUST_USE;
#endif
