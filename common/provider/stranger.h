/* Requests to addresses that people outside have chosen: nothing of ours may be reached that way.
 *
 * The address is judged when the socket is made, after the name was resolved, so a name that resolves to
 * something else the second time gains nothing. No redirect is followed, no connection is kept, of the
 * answer only the status and Retry-After are read. */
#ifndef PROVIDER_STRANGER_H
#define PROVIDER_STRANGER_H
#include "common/provider/provider.h"

struct strangers;
struct strangers_config {
	int  connect_timeout_ms, timeout_ms;
	int  max_parallel;         /* more wait for their deadline */
	bool private_too;          /* for development: private addresses and http:// are let through */
};
struct strangers *strangers_open(const struct strangers_config *config);
void              strangers_close(struct strangers **s);

/* failure NULL: there was an answer with this status. Else status is 0 and failure one of: address (refused by us, not
 * sent), unreachable, tls, timeout, cut. */
struct stranger_answer { int status; int64_t retry_after_s; int32_t took_ms; const char *failure; };
/* Blocks up to the time limit. Never inside a transaction. BUSY "stranger.busy": not sent, no handle came free in time.
 * Of ask, path and repeatable are not used. */
const struct err *stranger_call(struct req *rq, struct strangers *s, const char *url, const struct provider_ask *ask,
    struct stranger_answer *out) MUST_USE;
#endif
