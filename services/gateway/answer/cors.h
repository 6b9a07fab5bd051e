/* Cross-origin calls: an allow-list of origins, echoed exactly. */
#ifndef GATEWAY_ANSWER_CORS_H
#define GATEWAY_ANSWER_CORS_H
#include "common/core/buf.h"
#include "common/http/http.h"

/* Header lines for the origin of the request in hand; "Vary: Origin" always, nothing more for others. */
void cors_head(struct req *rq, struct buf *head);
/* An OPTIONS preflight: 204 with what may be sent; true when this was one. */
bool cors_preflight(struct req *rq, const struct http_request *in, struct http_reply *out);
#endif
