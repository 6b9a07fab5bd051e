/* The payment page, served from memory: it asks billing for the intent with the user's token and opens the provider's
 * payment window; the pages that the window comes back to finish the flow. */
#ifndef GATEWAY_PAY_PAGE_H
#define GATEWAY_PAY_PAGE_H
#include <stdio.h>
#include "common/http/http.h"
#include "gen/proto/public_routes.gen.h"

/* route is one named pay_…; head holds the header lines that are due anyway. NOT_FOUND for what is no payment id or no
 * file, and for all when there is no client key. */
const struct err *pay_answer(struct req *rq, const struct gateway_route *route, const struct http_request *in,
    struct buf *head, struct http_reply *out) MUST_USE;
/* check-config: settings that cannot work, and in prod a test key; a line each, returns how many. */
int               pay_check(const void *config_values, bool prod, FILE *problems);
#endif
