/* A collector of spans: takes OTLP over HTTP in JSON, and aborts the test at what a strict one would refuse. One a process. */
#ifndef KIT_COLLECTOR_H
#define KIT_COLLECTOR_H
#include "common/core/base.h"

/* SPAN_INTERNAL … are those of common/trace. service is the resource's service.name, parent "" for a root. */
struct collected_span {
	const char *service, *trace, *id, *parent, *name;
	int         kind;
	int64_t     began_ns, ended_ns;
	bool        failed;
	const void *attributes;
};

/* Port 0: any. What was collected before by another is forgotten. All services of a suite that starts while it is open
 * send to it. */
void        collector_open(int port);
int         collector_port(void);
/* Who is connected is cut off; what was collected stays until the next collector_open() or collector_forget(). */
void        collector_close(void);
void        collector_forget(void);
/* From now on it answers that, with further header lines (each with its CRLF) and a body; only what it answers 2xx counts
 * as collected. */
void        collector_answer(int status, const char *headers, const char *body);
/* Answers only once this was called with false. */
void        collector_hold(bool hold);
/* What came, refused or not. */
size_t      collector_requests(void);
/* Header lines of the last request. */
const char *collector_head(void);
size_t      collector_spans(void);
/* Copies; the texts live as long as the collected. false: there are not so many. */
bool        collector_span(size_t i, struct collected_span *out);
/* The first of that trace, service and name. */
bool        collector_find(const char *trace, const char *service, const char *name, struct collected_span *out);
/* Its attribute as text, NULL when it has none of that name. Lives as long as the test. */
const char *collected_value(const struct collected_span *span, const char *key);
/* Anything in any request, refused or not, holds this text. */
bool        collector_holds(const char *text);
#endif
