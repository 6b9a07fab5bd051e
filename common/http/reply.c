/* A reply as bytes on the connection: head and body in one write, else Nagle's algorithm and a delayed
 * acknowledgement add 40 ms to each. */
#include <string.h>
#include <time.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/http/guests.h"
#include "common/http/socket.h"

/* Bodies up to this are copied behind the head; longer ones cost less in a write of their own. HEAD_MAX: what
 * answer.c and problem.c allow, and the lines added here. */
enum { COPY_MAX = 32768, HEAD_MAX = 65536 + 1024 };

/* civetweb's own rule: without a Connection header 1.1 stays and 1.0 goes, with one "keep-alive" must be in it. */
static bool
client_stays(struct mg_connection *conn)
{
	const char *says = mg_get_header(conn, "Connection");

	if (says != NULL)
		return http_list_has(text_of(says), "keep-alive");
	return strcmp(mg_get_request_info(conn)->http_version, "1.1") == 0;
}

/* An idle connection holds a thread. When seven of eight are held, each answer ends its connection, so that
 * newcomers wait for one answer and not for keep_alive_ms. */
static bool
has_room(const struct http_server *s)
{
	int open_ones = __atomic_load_n(&s->socket->connections, __ATOMIC_RELAXED);

	return open_ones <= s->config.threads - s->config.threads / 8;
}

/* Printed once a second and thread. */
static void
put_date(struct buf *to)
{
	static _Thread_local struct { time_t of; char text[40]; } said;
	time_t now = (time_t)(clock_now_us() / 1000000);
	struct tm tm;

	if (now != said.of || said.text[0] == '\0') {
		gmtime_r(&now, &tm);
		(void)strftime(said.text, sizeof said.text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
		said.of = now;
	}
	buf_str(to, said.text);
}

static void
put_head(struct buf *to, struct mg_connection *conn, const struct http_reply *reply, bool stays)
{
	buf_str(to, "HTTP/1.1 ");
	buf_i64(to, reply->status);
	buf_byte(to, ' ');
	buf_str(to, mg_get_response_code_text(conn, reply->status));
	buf_str(to, "\r\n");
	put_date(to);
	buf_text(to, reply->head);
	if (reply->status != 204 && reply->status != 304) {
		buf_str(to, "Content-Length: ");
		buf_i64(to, (int64_t)reply->body.len);
		buf_str(to, "\r\n");
	}
	buf_str(to, stays ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

bool
http_reply_send(struct http_server *s, struct mg_connection *conn, struct arena *mem, const struct http_request *in,
    const struct http_reply *reply)
{
	bool stays = !reply->close && client_stays(conn) && has_room(s) &&
	    !__atomic_load_n(&s->socket->closing, __ATOMIC_ACQUIRE);
	bool headless = text_is(in->method_name, "HEAD") || reply->status == 204 || reply->status == 304;
	size_t body = headless ? 0 : reply->body.len;
	struct buf to = buf_in(mem, HEAD_MAX + COPY_MAX);

	put_head(&to, conn, reply, stays);
	if (body <= COPY_MAX)
		buf_put(&to, reply->body.at, body);
	SURE(!to.overflow);
	http_guest_due(conn, http_patience_ms(s, to.len + body));
	if (mg_write(conn, to.at, to.len) <= 0)
		return false;
	return (body <= COPY_MAX || mg_write(conn, reply->body.at, body) > 0) && stays;
}
