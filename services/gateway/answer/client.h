/* Who is calling, by address: the peer, or the one a trusted proxy names. */
#ifndef GATEWAY_ANSWER_CLIENT_H
#define GATEWAY_ANSWER_CLIENT_H
#include "common/http/http.h"

/* Sets rq->client_ip by address_of_client(). Several X-Forwarded-For lines are one list: a proxy may add a line instead
 * of an entry, and then the first line is the caller's own. */
void client_address(struct req *rq, const struct http_request *in);
#endif
