/* The access log: every request, told to auth in batches, off the request's path. */
#ifndef GATEWAY_ACCESS_LOG_H
#define GATEWAY_ACCESS_LOG_H
#include "common/http/http.h"

struct access_log;
/* Starts the thread that sends; app's upstream of auth must be open until access_log_close(). */
struct access_log *access_log_open(struct app *app);
/* What is waiting is sent, for a few seconds at most; nobody may be inside access_log_put(). */
void               access_log_close(struct access_log **l);
/* Who, what, how it ended, how long it took, from where; no query string, no header but User-Agent, no body. Copies into
 * a ring and never blocks; a full ring drops the row and counts it. l may be NULL: nothing happens. */
void               access_log_put(struct access_log *l, const struct req *rq, const struct http_request *in, int status,
    int64_t took_us);
#endif
