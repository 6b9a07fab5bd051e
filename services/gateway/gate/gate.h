/* Letting a caller in: token, blacklist, session, permissions, rate limit, in one Redis round trip. */
#ifndef GATEWAY_GATE_GATE_H
#define GATEWAY_GATE_GATE_H
#include "common/core/buf.h"
#include "common/core/req.h"
#include "services/gateway/gateway.h"

/* Fills rq->who, user, company, session, permissions for a signed-in caller and appends the rate limit's header lines.
 * Public routes: ANYONE, whatever token is there. UNKNOWN_WHO, FORBIDDEN, TOO_MANY, or BUSY without Redis (but webhooks
 * and reading public documents, which go on with a local limit). */
const struct err *gate_pass(struct req *rq, const struct gateway_route *route, struct buf *head) MUST_USE;

/* Asked with the head alone: may gate_pass() let this caller in? False: there is no token, or one that has never held and
 * comes from an address with too many that do not. */
bool gate_awaits(const struct gateway *gateway, const struct http_request *in, struct arena *mem);
#endif
