/* What every request out has in common, whoever chose its address. Private to common/provider. */
#ifndef PROVIDER_REQUEST_H
#define PROVIDER_REQUEST_H
#include <curl/curl.h>

#include "common/provider/provider.h"

/* The header lines of a request; INTERNAL "provider.header" for a value with control characters. *out is there
 * in any case and freed by curl_slist_free_all(). */
const struct err *request_headers(struct req *rq, const char *name, const struct provider_ask *ask,
    struct text traceparent, struct curl_slist **out) MUST_USE;
/* Resets the handle and sets all but address, time limits and what becomes of the answer. Headers and body are
 * borrowed until the transfer ends. */
void request_put(CURL *h, const struct provider_ask *ask, struct curl_slist *headers);
#endif
