/* A span out of a unit of work: its ids, its times, and copies of what is said of it. */
#include <string.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/trace/ring.h"

/* Whole or not at all. */
static struct span_text
keep(struct span_record *s, struct text t)
{
	struct span_text kept = { (uint16_t)s->n_bytes, 0 };

	if (t.len > sizeof(s->bytes) - s->n_bytes)
		return kept;
	if (t.len > 0)
		memcpy(s->bytes + s->n_bytes, t.at, t.len);
	s->n_bytes += t.len;
	kept.len = (uint16_t)t.len;
	return kept;
}

static void
add_text(struct span_record *s, const char *key, struct text t)
{
	struct span_text kept = keep(s, t);

	if (kept.len > 0)
		s->values[s->n_values++] = (struct span_value){ .key = key, .is_text = true, .text = kept };
}

static void
add(struct span_record *s, const struct kv *kv)
{
	char room[KV_ROOM];

	SURE(s->n_values < SPAN_VALUES);
	if (kv->kind == KV_INT)
		s->values[s->n_values++] = (struct span_value){ .key = kv->key, .number = kv->as.i };
	else
		add_text(s, kv->key, kv_text(kv, room));
}

/* The unit of work itself hangs below who caused it; a call it has made, below the unit of work. */
static void
take_ids(struct span_record *s, const struct req *rq, const struct span *span)
{
	bool is_call = span->traceparent.at != NULL;
	const char *own = is_call ? span->traceparent.at : rq->trace.at;
	struct text above = is_call ? (struct text){ rq->trace.at + REQ_SPAN_AT, REQ_SPAN_CHARS } : rq->cause;

	memcpy(s->trace, own + REQ_TRACE_ID_AT, REQ_TRACE_ID_CHARS);
	memcpy(s->id, own + REQ_SPAN_AT, REQ_SPAN_CHARS);
	s->parent[0] = '\0';
	if (above.len == REQ_SPAN_CHARS)
		memcpy(s->parent, above.at, REQ_SPAN_CHARS);
}

void
trace_end(const struct req *rq, const struct span *span, const struct kv *values)
{
	struct span_record s;

	if (!trace_wants(rq))
		return;
	s.kind = span->kind;
	s.n_values = s.n_bytes = 0;
	s.ended_us = clock_real_us();
	s.began_us = s.ended_us - span->took_us;
	take_ids(&s, rq, span);
	s.name = keep(&s, span->name);
	s.error = keep(&s, text_of(span->error));
	for (const struct kv *kv = values; kv->kind != KV_END; kv++)
		add(&s, kv);
	trace_put(rq->app->traces, &s);
}
