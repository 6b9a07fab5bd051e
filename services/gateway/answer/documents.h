/* What the gateway answers by itself: the contracts and their readable pages, from memory. */
#ifndef GATEWAY_ANSWER_DOCUMENTS_H
#define GATEWAY_ANSWER_DOCUMENTS_H
#include "common/http/http.h"
#include "gen/proto/public_routes.gen.h"

/* route is one of service "gateway"; head holds the header lines that are due anyway. NOT_FOUND for an unknown file of
 * /docs. */
const struct err *document_answer(struct req *rq, const struct gateway_route *route, const struct http_request *in,
    struct buf *head, struct http_reply *out) MUST_USE;
#endif
