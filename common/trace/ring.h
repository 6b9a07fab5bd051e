/* What puts a span into the ring, for this room only. */
#ifndef TRACE_RING_H
#define TRACE_RING_H
#include "common/trace/trace.h"

void trace_put(struct trace_ring *r, const struct span_record *span);
#endif
