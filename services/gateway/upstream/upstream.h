/* Keep-alive connections to one service: a bounded pool, one request at a time on each. */
#ifndef GATEWAY_UPSTREAM_UPSTREAM_H
#define GATEWAY_UPSTREAM_UPSTREAM_H
#include "common/core/req.h"

struct upstream;

/* "host:port"; nothing is connected yet. INVALID "config.upstream" for anything else. */
const struct err *upstream_open(struct req *rq, struct upstream **out, const char *name, const char *address,
    int max_connections, int connect_ms) MUST_USE;
void              upstream_close(struct upstream **u);

struct upstream_answer {
	int         status;
	struct text head;        /* header lines behind the status line, each with its CRLF */
	struct text body;
};

/* Sends the bytes of one request and reads its answer into rq->mem, until rq->deadline_us. repeatable (a GET that
 * nobody counts on being seen once): once more on a fresh connection when a kept one turns out dead.
 * BUSY "upstream.unreachable" when nothing was sent, UPSTREAM "upstream.lost" when the outcome is unknown,
 * TIMEOUT "upstream.timeout", BUSY "upstream.busy" when no connection came free. */
const struct err *upstream_exchange(struct req *rq, struct upstream *u, struct text request, bool repeatable,
    struct upstream_answer *out) MUST_USE;
/* A connection of its own, for the websocket tunnel: never returned to the pool. −1 when it cannot be had. */
int               upstream_connect(struct req *rq, struct upstream *u);

/* Borrowed as long as the upstream is open. */
const char       *upstream_host(const struct upstream *u);

struct upstream_stats { const char *name; int busy, idle; };
struct upstream_stats upstream_stats(struct upstream *u);

/* answer.c: reads one HTTP/1.1 answer off a connection. *reusable: the connection may carry another. Returns a code:
 * 0 whole, 1 nothing came before the connection ended, 2 broken or cut off, 3 too late. */
enum upstream_read { READ_WHOLE, READ_NOTHING, READ_BROKEN, READ_LATE };
enum upstream_read upstream_read_answer(struct req *rq, int fd, struct upstream_answer *out, bool *reusable);
/* Waits until fd may be read (or written); false when the deadline passed. */
bool               upstream_wait(const struct req *rq, int fd, short events);
/* For recv(): where there is time, a kept connection waits by itself for as long as upstream_wait() would before it looks
 * again; else it must not. */
int                upstream_recv_flags(const struct req *rq);
#endif
