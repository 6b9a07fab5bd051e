/* Spans as OTLP's JSON. */
#include "common/otlp/encode.h"

#include "common/core/text.h"
#include "common/json/json.h"

static void
begin_attribute(struct buf *to, const char *key, bool *first)
{
	buf_str(to, *first ? "{\"key\":" : ",{\"key\":");
	json_write_text(to, text_of(key));
	buf_str(to, ",\"value\":{");
	*first = false;
}

static void
put_attribute(struct buf *to, const char *key, struct text value, bool *first)
{
	begin_attribute(to, key, first);
	buf_str(to, "\"stringValue\":");
	json_write_text(to, value);
	buf_str(to, "}}");
}

static void
put_number(struct buf *to, const char *key, int64_t value, bool *first)
{
	begin_attribute(to, key, first);
	buf_str(to, "\"intValue\":\"");
	buf_i64(to, value);
	buf_str(to, "\"}}");
}

static void
put_resource(struct buf *to, const struct otlp_source *source)
{
	bool first = true;

	buf_str(to, "\"resource\":{\"attributes\":[");
	put_attribute(to, "service.namespace", TEXT("dure"), &first);
	put_attribute(to, "service.name", text_of(source->service), &first);
	put_attribute(to, "service.version", text_of(source->version), &first);
	put_attribute(to, "service.instance.id", text_of(source->instance), &first);
	put_attribute(to, "deployment.environment", text_of(source->stage), &first);
	buf_str(to, "]}");
}

static void
put_ids(struct buf *to, const struct span_record *s)
{
	buf_str(to, "\"traceId\":\"");
	buf_put(to, s->trace, sizeof(s->trace));
	buf_str(to, "\",\"spanId\":\"");
	buf_put(to, s->id, sizeof(s->id));
	if (s->parent[0] != '\0') {
		buf_str(to, "\",\"parentSpanId\":\"");
		buf_put(to, s->parent, sizeof(s->parent));
	}
	buf_byte(to, '"');
}

static void
put_span(struct buf *to, const struct span_record *s)
{
	bool first = true;

	buf_byte(to, '{');
	put_ids(to, s);
	buf_str(to, ",\"name\":");
	json_write_text(to, span_text(s, s->name));
	buf_printf(to, ",\"kind\":%d,\"startTimeUnixNano\":\"%lld000\",\"endTimeUnixNano\":\"%lld000\",\"attributes\":[",
	    (int)s->kind, (long long)s->began_us, (long long)s->ended_us);
	for (size_t i = 0; i < s->n_values; i++) {
		const struct span_value *v = &s->values[i];

		if (v->is_text)
			put_attribute(to, v->key, span_text(s, v->text), &first);
		else
			put_number(to, v->key, v->number, &first);
	}
	if (s->error.len > 0)
		put_attribute(to, "error.type", span_text(s, s->error), &first);
	/* 2 is STATUS_CODE_ERROR; whether the rest is fine is for others to say. */
	buf_str(to, s->error.len > 0 ? "],\"status\":{\"code\":2}}" : "],\"status\":{}}");
}

void
otlp_write(struct buf *to, const struct otlp_source *source, const struct span_record *spans, size_t n)
{
	buf_str(to, "{\"resourceSpans\":[{");
	put_resource(to, source);
	buf_str(to, ",\"scopeSpans\":[{\"scope\":{\"name\":\"dure\",\"version\":");
	json_write_text(to, text_of(source->version));
	buf_str(to, "},\"spans\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(to, ',');
		put_span(to, &spans[i]);
	}
	buf_str(to, "]}]}]}");
}
