/* One row of the access log. */
#include "services/gateway/access/row.h"
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

enum column { REQUEST_ID, USER, COMPANY, SESSION, METHOD, PATH, STATUS, DURATION, IP, AGENT, AT, COLUMNS };
static const char *const names[COLUMNS] = { "requestId", "userId", "companyId", "sessionId", "method", "path", "status",
	"durationUs", "ip", "agent", "at" };

static void
write_id(struct buf *to, struct uuid id)
{
	char text[UUID_CHARS + 1];

	uuid_print(id, text);
	buf_byte(to, '"');
	buf_put(to, text, UUID_CHARS);
	buf_byte(to, '"');
}

static void
write_value(struct buf *to, const struct access_row *row, enum column which)
{
	switch (which) {
	case REQUEST_ID: json_write_text(to, text_of(row->request_id)); break;
	case USER:       write_id(to, row->user); break;
	case COMPANY:    write_id(to, row->company); break;
	case SESSION:    write_id(to, row->session); break;
	case METHOD:     json_write_text(to, text_of(row->method)); break;
	case PATH:       json_write_text(to, text_of(row->path)); break;
	case STATUS:     buf_i64(to, row->status); break;
	case DURATION:   buf_i64(to, row->took_us); break;
	case IP:         json_write_text(to, text_of(row->ip)); break;
	case AGENT:      json_write_text(to, text_of(row->agent)); break;
	case AT:         buf_i64(to, row->at_us); break;
	case COLUMNS:    UNREACHED("no such column");
	}
}

/* By column: the names stand there once, and auth hands the lists on to its statement as they are. */
void
access_rows_write(struct buf *to, const struct access_row *rows, size_t n, bool again)
{
	buf_str(to, again ? "{\"again\":true,\"columns\":{" : "{\"columns\":{");
	for (enum column c = 0; c < COLUMNS; c++) {
		buf_str(to, c > 0 ? ",\"" : "\"");
		buf_str(to, names[c]);
		buf_str(to, "\":[");
		for (size_t i = 0; i < n; i++) {
			if (i > 0)
				buf_byte(to, ',');
			write_value(to, &rows[i], c);
		}
		buf_byte(to, ']');
	}
	buf_str(to, "}}");
}
