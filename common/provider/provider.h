/* HTTP out: one client per provider with deadlines, retry by key and a breaker. The only room that
 * knows libcurl. */
#ifndef PROVIDER_PROVIDER_H
#define PROVIDER_PROVIDER_H
#include "common/core/req.h"

struct provider;
struct provider_config {
	const char *name;                 /* for logs and metrics: "toss" */
	const char *base_url;
	const char *user_password;        /* HTTP basic "user:password", or NULL */
	int         connect_timeout_ms, timeout_ms;
	int         max_parallel;         /* handles in the pool; more wait for their deadline */
	int         breaker_failures;     /* so many failures in a row open it for breaker_open_ms */
	int         breaker_open_ms;
	size_t      answer_max_bytes;
	bool        quiet;                /* no line in the log for a call: whoever calls tells of it */
};
const struct err *provider_open(struct req *rq, struct provider **out, const struct provider_config *config) MUST_USE;
void        provider_close(struct provider **p);

struct provider_header { const char *name; struct text value; };
struct provider_ask {
	const char *method;               /* "POST" */
	struct text path;                 /* with query, appended to base_url */
	struct text shown;                /* in logs and spans, for a path that holds a key; .at NULL: path less its query */
	struct text body;                 /* .at NULL: none */
	const char *content_type;         /* NULL with a body: application/json */
	struct provider_header headers[8];
	size_t      n_headers;
	bool        repeatable;           /* has an idempotency key or is a GET: once more after a connect or send failure */
};
/* length: the Content-Length, −1 when there was none; of a HEAD the only word about the body. retry_after_s: 0 when that
 * was not said. */
struct provider_answer { int status; struct text body; struct text content_type; int64_t length, retry_after_s; };

/* Never inside a transaction: asserts that rq holds none. Any HTTP status is an answer and gives NULL. Else
 * UPSTREAM "<name>.unreachable" (not sent), TIMEOUT "<name>.timeout" (outcome unknown) or BUSY
 * "<name>.breaker_open" (not sent). Passes the trace on, and is a span of it. */
const struct err *provider_call(
    struct req *rq, struct provider *p, const struct provider_ask *ask, struct provider_answer *out) MUST_USE;
#endif
