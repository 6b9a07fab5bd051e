/* One unit of work: an HTTP request, a delivered event or a run of a job. */
#ifndef CORE_REQ_H
#define CORE_REQ_H
#include "common/core/arena.h"
#include "common/core/err.h"

struct app;          /* the process: config, pools, bus. Built in svc, read-only afterwards */
struct db_lease;     /* a borrowed connection, with the open transaction if any (common/db) */
struct http_answer;  /* what an HTTP door will send beside the body (common/http) */
struct envelope;     /* what is told of an event beside its payload (common/outbox) */

/* Who stands behind the work. The token types of the design, one bit each, so that a route can
 * accept several. ANYONE: no identity at all. SERVICE: another service on /internal/. */
enum who {
	WHO_ANYONE = 1, WHO_STAFF = 2, WHO_CUSTOMER = 4, WHO_PARTNER = 8, WHO_OPERATOR = 16, WHO_SERVICE = 32
};
enum tx  { TX_NONE, TX_READ, TX_WRITE };

/* Begun and ended only by its door (http, inbox, jobs, and the kit in tests). */
struct req {
	struct app         *app;
	struct arena       *mem;
	struct db_lease    *db;            /* NULL until a statement needs it */
	struct http_answer *answer;        /* NULL outside HTTP */
	const struct envelope *event;      /* the event that is handled; NULL outside an inbox */
	struct text         trace;         /* W3C traceparent, follows the work over the bus */
	struct text         cause;         /* the span id in the caller's; empty where the trace begins */
	struct text         request_id;
	struct text         door;          /* "POST /api/orders", for logs, metrics and panics */
	enum who            who;
	enum tx             tx;            /* what the bracket promised */
	struct uuid         user, company, session;    /* nil when there is none */
	uint64_t            permissions;   /* effective flags, bits by services' permission list */
	struct text         client_ip;
	int64_t             now_us;        /* business time, read once per unit of work */
	int64_t             deadline_us;   /* clock_mono_us() scale */
	int                 statements;    /* SQL statements sent, for the log line */
};

enum { REQ_TRACE_CHARS = 55 };         /* "00-" 32 hex "-" 16 hex "-01" */
/* The parts of a traceparent: trace id, span id, flags. */
enum { REQ_TRACE_ID_AT = 3, REQ_TRACE_ID_CHARS = 32, REQ_SPAN_AT = 36, REQ_SPAN_CHARS = 16, REQ_FLAGS_AT = 53 };
enum { REQ_SAMPLE_ALL = 1000000 };

/* Makes *rq a new unit of work of ANYONE: business time read now, deadline timeout_ms from now, a
 * fresh request id (UUIDv7) and traceparent in mem, which nobody records (flags 00): so is what a service does of
 * its own accord, until it follows a cause. Tells panic_at() what this thread has in hand.
 * `door` is borrowed until req_end(). app may be NULL (tools and tests). */
void req_begin(struct req *rq, struct app *app, struct arena *mem, struct text door,
    int timeout_ms);
/* The doors': joins the work of a caller. Keeps its trace id and sampled flag under a new span id when traceparent
 * is well formed; else a new trace begins here and req_sample() decides whether it is recorded. Takes the caller's
 * request id when that is 1 to 64 letters, digits, '-', '_' or '.', and keeps its own otherwise. */
void req_follow(struct req *rq, struct text traceparent, struct text request_id);
/* How many of a million traces that begin here are recorded; all of them unless told. Once, before the first thread. */
void req_sample(int64_t of_a_million);
bool req_is_sampled(const struct req *rq);
/* A traceparent of the same trace under a new span id, in rq->mem: for a call to somebody else. */
struct text req_next_span(const struct req *rq);
/* This thread has nothing in hand any more. The arena stays the door's. */
void req_end(struct req *rq);
#endif
