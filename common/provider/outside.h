/* Requests to addresses that people outside have chosen: nothing of ours may be reached that way.
 *
 * The address is judged when the socket is made, after the name was resolved, so a name that resolves to
 * something else the second time gains nothing. No redirect is followed, no connection is kept, of the
 * answer only the status and Retry-After are read. */
#ifndef PROVIDER_OUTSIDE_H
#define PROVIDER_OUTSIDE_H
#include "common/provider/provider.h"

struct outside;
struct outside_config {
	int  connect_timeout_ms, timeout_ms;
	int  max_parallel;         /* more wait for their deadline */
	bool private_too;          /* for development: private addresses and http:// are let through */
};
struct outside *outside_open(const struct outside_config *config);
void            outside_close(struct outside **o);

/* failure NULL: there was an answer with this status. Else status is 0 and failure one of: busy (not sent, no time
 * or handle left), address (refused by us, not sent), unreachable, tls, timeout, cut. */
struct outside_answer { int status; int64_t retry_after_s; int32_t took_ms; const char *failure; };
/* Blocks up to the time limit. Never inside a transaction. ask->path is not used; ask->repeatable neither. */
const struct err *outside_call(struct req *rq, struct outside *o, const char *url, const struct provider_ask *ask,
    struct outside_answer *out) MUST_USE;
#endif
