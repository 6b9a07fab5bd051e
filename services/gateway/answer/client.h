/* Who is calling, by address: the peer, or the one a trusted proxy names. */
#ifndef GATEWAY_ANSWER_CLIENT_H
#define GATEWAY_ANSWER_CLIENT_H
#include "common/http/http.h"
#include "services/gateway/gateway.h"

/* By address_of_client(). Several X-Forwarded-For lines are one list: a proxy may add a line instead
 * of an entry, and then the first line is the caller's own. */
struct text client_of(const struct gateway *gateway, const struct http_request *in, struct arena *mem);
/* Sets rq->client_ip to that. */
void        client_address(struct req *rq, const struct http_request *in);
#endif
