/* One row of the access log. */
#include "services/gateway/access/row.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"

/* What callers wrote may hold any byte; auth takes UTF-8 text, and nobody wants a control character in a log. */
static void
put(char *to, size_t size, struct text t)
{
	size_t n = t.len < size - 1 ? t.len : size - 1;

	for (size_t i = 0; i < n; i++)
		to[i] = t.at[i] >= ' ' && t.at[i] <= '~' ? t.at[i] : '?';
	to[n] = '\0';
}

void
access_row_fill(struct access_row *row, const struct req *rq, const struct http_request *in, int status, int64_t took_us)
{
	row->at_us = rq->now_us;
	row->took_us = took_us;
	row->user = rq->user;
	row->company = rq->company;
	row->session = rq->session;
	row->status = status;
	put(row->request_id, sizeof(row->request_id), rq->request_id);
	put(row->method, sizeof(row->method), in->method_name);
	put(row->path, sizeof(row->path), in->path);
	put(row->ip, sizeof(row->ip), rq->client_ip);
	put(row->agent, sizeof(row->agent), http_request_header(rq, "User-Agent"));
}

static void
member(struct buf *to, const char *name, const char *value)
{
	buf_printf(to, ",\"%s\":", name);
	json_write_text(to, text_of(value));
}

static void
id_member(struct buf *to, const char *name, struct uuid id)
{
	char text[UUID_CHARS + 1];

	if (uuid_is_nil(id))
		return;
	uuid_print(id, text);
	member(to, name, text);
}

static void
write_row(struct buf *to, const struct access_row *row)
{
	char at[TIME_CHARS + 1];

	time_print(row->at_us, at);
	buf_printf(to, "{\"at\":\"%s\",\"status\":%d,\"durationUs\":%lld", at, row->status, (long long)row->took_us);
	member(to, "requestId", row->request_id);
	id_member(to, "userId", row->user);
	id_member(to, "companyId", row->company);
	id_member(to, "sessionId", row->session);
	member(to, "method", row->method);
	member(to, "path", row->path);
	member(to, "ip", row->ip);
	member(to, "agent", row->agent);
	buf_byte(to, '}');
}

void
access_rows_write(struct buf *to, const struct access_row *rows, size_t n)
{
	buf_str(to, "{\"rows\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(to, ',');
		write_row(to, &rows[i]);
	}
	buf_str(to, "]}");
}
