/* Spans: what a piece of work was and how long it took, kept in a ring until somebody (common/otlp) fetches them.
 *
 * Where no collector is configured there is no ring, and all of this costs one branch. The ids are those of req->trace,
 * so a span is told of when it has ended and nothing is kept for it before. */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H
#include "common/core/app.h"
#include "common/log/log.h"

/* The numbers are OpenTelemetry's. */
enum span_kind { SPAN_INTERNAL = 1, SPAN_SERVER = 2, SPAN_CLIENT = 3, SPAN_CONSUMER = 5 };

struct span {
	enum span_kind kind;
	struct text    name;             /* one of few: "POST /api/orders", never an id */
	struct text    traceparent;      /* .at NULL: the unit of work itself; else what trace_for_call() gave */
	int64_t        took_us;          /* it ends now */
	const char    *error;            /* what went wrong in a word of few ("504", "order.out_of_stock"); NULL: nothing */
};

/* The trace of rq is recorded, and there is somebody who records. */
static inline bool
trace_wants(const struct req *rq)
{
	return rq->app != NULL && rq->app->traces != NULL && req_is_sampled(rq);
}

/* Keeps the span, if it is wanted, with the values that are not empty; rules for what may stand in a log line hold here
 * as well. Copies everything and never blocks; a full ring drops the span and counts it. */
void        trace_end(const struct req *rq, const struct span *span, const struct kv *values);
/* SPAN(rq, &span, kv_s("http.request.method", "GET"), …): the span and as many values as there are, SPAN_VALUES at most. */
#define SPAN(rq, span, ...) trace_end((rq), (span), (const struct kv[]){ __VA_ARGS__, { NULL, KV_END, { .i = 0 } } })

/* The traceparent to send with a call: under a span id of its own if that will be told of, else rq's. */
struct text trace_for_call(const struct req *rq);
/* Such a call over HTTP when it is over. url: where the address is read from, NULL: not told. path: without keys and
 * query, .len 0: not told. status 0: there was no answer, and failure says why. */
struct trace_call {
	struct text traceparent, path;
	const char *to, *method, *url, *failure;
	int         status;
	int64_t     took_us;
};
void        trace_call(const struct req *rq, const struct trace_call *call);

/* ---- for those who fetch */

enum { SPAN_VALUES = 12, SPAN_BYTES = 512 };
struct span_text { uint16_t at, len; };          /* in .bytes */
struct span_value { const char *key; bool is_text; struct span_text text; int64_t number; };
struct span_record {
	char              trace[REQ_TRACE_ID_CHARS], id[REQ_SPAN_CHARS], parent[REQ_SPAN_CHARS];    /* parent[0] '\0': none */
	enum span_kind    kind;
	int64_t           began_us, ended_us;      /* what the kernel says, as log lines do */
	struct span_text  name, error;
	size_t            n_values, n_bytes;
	struct span_value values[SPAN_VALUES];
	char              bytes[SPAN_BYTES];
};
static inline struct text
span_text(const struct span_record *s, struct span_text t)
{
	return (struct text){ s->bytes + t.at, t.len };
}

struct trace_ring;
struct trace_ring *trace_open(size_t n_spans);
/* Nobody may be inside trace_end() or trace_take(). What is left counts as dropped: "stopped". */
void        trace_close(struct trace_ring **r);
/* Waits until `most` are there, but not past until_us (clock_mono_us()) nor after trace_hurry(). Moves up to `most` into
 * `into`, the oldest first; how many. One thread. */
size_t      trace_take(struct trace_ring *r, struct span_record *into, size_t most, int64_t until_us);
/* Waits until then, or until trace_hurry(). */
void        trace_rest(struct trace_ring *r, int64_t until_us);
/* From now on nobody waits any more. */
void        trace_hurry(struct trace_ring *r);
/* Counts spans that will not arrive: "full", "refused", "stopped". */
void        trace_dropped(const char *reason, size_t n);
#endif
