/* One row of the access log, in memory and in JSON. */
#ifndef GATEWAY_ACCESS_ROW_H
#define GATEWAY_ACCESS_ROW_H
#include "common/core/buf.h"
#include "common/http/http.h"

/* Sizes with the NUL; longer values are cut. The ring is made of these, so nothing is allocated per request. */
struct access_row {
	int64_t     at_us, took_us;
	struct uuid user, company, session;
	int         status;
	char        request_id[65], method[21], path[301], ip[46], agent[257];
};

void access_row_fill(struct access_row *row, const struct req *rq, const struct http_request *in, int status,
    int64_t took_us);
/* The body of POST /internal/access-log. again: auth may have some of them. */
void access_rows_write(struct buf *to, const struct access_row *rows, size_t n, bool again);
#endif
