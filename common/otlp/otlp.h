/* Spans on their way to a collector: OTLP over HTTP, in JSON. */
#ifndef OTLP_OTLP_H
#define OTLP_OTLP_H
#include "common/core/app.h"
#include "common/core/req.h"
#include "common/provider/provider.h"

enum { OTLP_HEADERS = 8 };

/* What the spans come from; all of it in words. */
struct otlp_source { const char *service, *version, *instance, *stage; };
struct otlp_config {
	const char        *endpoint;      /* "http://collector:4318"; /v1/traces is appended */
	const char        *headers;       /* "name=value,name=value"; NULL: none */
	int                timeout_ms;
	struct otlp_source source;
};

/* "http://" or "https://", a host, no user, query or fragment. */
bool        otlp_endpoint_is_good(const char *endpoint);
/* At most OTLP_HEADERS of "name=value", comma separated. */
bool        otlp_headers_are_good(const char *text);
/* Cuts such a text up: names and values stand in it afterwards. */
bool        otlp_headers_cut(char *text, struct provider_header into[OTLP_HEADERS], size_t *n) MUST_USE;

/* Makes app->traces and starts the thread that sends what comes into it: up to 512 spans, or those of a second. A collector
 * that is away is tried again after 0.5 to 8 s (or as it says) while spans wait; those that find the ring full are
 * dropped and counted. Call it before the doors are opened; config is copied but for its texts, which must live as long. */
struct otlp;
const struct err *otlp_open(struct req *rq, struct otlp **out, struct app *app, const struct otlp_config *config) MUST_USE;
/* When the doors are closed. Sends what is left for 2 s at most, and no longer than one answer takes beside that. *o may
 * be NULL. */
void        otlp_close(struct otlp **o);
#endif
