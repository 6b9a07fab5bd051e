/* Writing a request to a service: our own bytes, never the caller's framing. */
#ifndef GATEWAY_FORWARD_H
#define GATEWAY_FORWARD_H
#include "services/gateway/gateway.h"
#include "services/gateway/upstream/upstream.h"

/* The caller's request goes on under the identity in rq, in the way its route wants; its answer comes back whole.
 * BUSY "upstream.long_polls" when too many wait already, BUSY "upstream.distrusts" when the service did not take that
 * identity: nothing was done then. */
const struct err *forward_request(struct req *rq, const struct gateway_route *route, const struct service_door *door,
    const struct http_request *in, struct upstream_answer *out) MUST_USE;
/* To the Socket.IO door: no identity, never repeated. */
const struct err *forward_plain(struct req *rq, struct upstream *u, const struct http_request *in,
    struct upstream_answer *out) MUST_USE;
/* A call of the gateway's own to a path of auth's /internal/, under the pair key; body is JSON or empty. */
const struct err *forward_internal(struct req *rq, const char *method, struct text path, struct text body,
    struct upstream_answer *out) MUST_USE;
#endif
