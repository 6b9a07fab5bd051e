/* Spans as the body of an export request, for this room only. */
#ifndef OTLP_ENCODE_H
#define OTLP_ENCODE_H
#include "common/core/buf.h"
#include "common/otlp/otlp.h"
#include "common/trace/trace.h"

/* No span is longer than this, its texts escaped. */
enum { OTLP_SPAN_MAX_BYTES = 6144 };

/* An ExportTraceServiceRequest by the rules of OTLP's JSON: ids in hex, names in camelCase, 64-bit numbers as strings. */
void otlp_write(struct buf *to, const struct otlp_source *source, const struct span_record *spans, size_t n);
#endif
