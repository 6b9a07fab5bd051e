/* nng: PUB/SUB that carries events and may lose them, REQ/REP that answers for what was lost.
 * The only room that knows nng. Bytes in, bytes out; what they mean is outbox's and inbox's
 * business. */
#ifndef BUS_BUS_H
#define BUS_BUS_H
#include "common/core/buf.h"
#include "common/core/req.h"

enum { BUS_MAX_MESSAGE = 1048576 };

/* Where a publisher's replicas are: pub and ask port of every address a host name has.
 * "name=host:pub:ask", comma separated, as configuration gives it; an IPv6 address stands in
 * brackets. A name may stand more than once: its replicas are all the addresses of all its rows.
 * False when any row is malformed. */
struct bus_peer { char name[32]; char host[128]; int pub_port, ask_port; };
struct bus_peers { size_t n; struct bus_peer at[16]; };
bool        bus_peers_parse(const char *spec, struct bus_peers *out) MUST_USE;

/* PUB. Sending never blocks and never fails; a slow subscriber loses its own messages. */
struct bus_publisher;
const struct err *bus_publisher_open(struct req *rq, struct bus_publisher **out,
    const char *listen) MUST_USE;
void        bus_publish(struct bus_publisher *p, struct text message);
void        bus_publisher_close(struct bus_publisher **p);

/* REP: answer() runs on one of `threads` own threads, each with its own arena, emptied after
 * each answer; what it writes to `to` is sent (an empty or overflown one as nothing). It must
 * not block for long: a close waits for it. */
typedef void bus_answer(void *arg, struct arena *mem, struct text question, struct buf *to);
struct bus_responder;
const struct err *bus_responder_open(struct req *rq, struct bus_responder **out, const char *listen,
    int threads, bus_answer *answer, void *arg) MUST_USE;
void        bus_responder_close(struct bus_responder **r);

/* SUB to all replicas of the publisher `name` in peers: host names are resolved again every
 * resolve_ms, new addresses are dialled, gone ones dropped, all without blocking. Receiving
 * takes one message into mem; false after timeout_ms. No row of that name is INVALID
 * "bus.unknown_peer". */
enum { BUS_RESOLVE_MS = 2000 };
struct bus_subscriber;
const struct err *bus_subscriber_open(struct req *rq, struct bus_subscriber **out,
    const struct bus_peers *peers, const char *name, int resolve_ms) MUST_USE;
bool        bus_receive(struct bus_subscriber *s, struct arena *mem, int timeout_ms,
    struct text *message) MUST_USE;
/* Connections made so far. When it grew, messages sent while there was none are missing. */
uint64_t    bus_subscriber_joins(const struct bus_subscriber *s);
void        bus_subscriber_close(struct bus_subscriber **s);

/* REQ to any one replica of a publisher, the next one after a second without an answer. Blocks
 * up to timeout_ms, then UPSTREAM "bus.no_answer". The answer is copied into rq->mem. One caller
 * at a time. */
struct bus_asker;
const struct err *bus_asker_open(struct req *rq, struct bus_asker **out,
    const struct bus_peers *peers, const char *name) MUST_USE;
const struct err *bus_ask(struct req *rq, struct bus_asker *a, struct text question, int timeout_ms,
    struct text *answer) MUST_USE;
/* From any thread: a bus_ask() under way ends at once without an answer, and so do all later ones. */
void        bus_asker_stop(struct bus_asker *a);
void        bus_asker_close(struct bus_asker **a);
#endif
