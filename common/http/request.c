/* A civetweb connection's request as a struct http_request, body included. */
#include <string.h>

#include "common/core/text.h"
#include "common/http/guests.h"
#include "common/http/socket.h"

static const struct { const char *word; enum http_method method; } methods[] = {
	{ "GET", HTTP_GET }, { "HEAD", HTTP_GET }, { "POST", HTTP_POST }, { "PUT", HTTP_PUT },
	{ "PATCH", HTTP_PATCH }, { "DELETE", HTTP_DELETE },
};

static void
take_method(struct http_request *out)
{
	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		if (!text_is(out->method_name, methods[i].word))
			continue;
		out->method = methods[i].method;
		out->known_method = true;
	}
}

static void
take_headers(const struct mg_request_info *ri, struct arena *mem, struct http_request *out)
{
	size_t n = ri->num_headers > 0 ? (size_t)ri->num_headers : 0;
	struct http_request_header *headers = NEWS(mem, struct http_request_header, n + 1);

	for (size_t i = 0; i < n; i++) {
		headers[i].name = text_of(ri->http_headers[i].name);
		headers[i].value = text_trim(text_of(ri->http_headers[i].value));
	}
	out->headers = headers;
	out->n_headers = n;
}

/* Clients with a long body wait for this before they send it. */
static void
invite_body(struct mg_connection *conn, const struct http_request *in)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	size_t n;

	if (http_list_has(http_header_of(in, "Expect", &n), "100-continue"))
		(void)mg_write(conn, go_on, sizeof go_on - 1);
}

/* A client may take its request's time, and what the body needs at SLOWEST_BYTES_MS. */
static bool
read_in_time(const struct http_server *s, struct mg_connection *conn, char *at, size_t len)
{
	size_t have = 0;

	http_guest_due(conn, http_patience_ms(s, len));
	while (have < len) {
		int n = mg_read(conn, at + have, len - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	http_guest_due(conn, 0);
	return have == len;
}

static bool
take_body(const struct http_server *s, struct mg_connection *conn, struct arena *mem, size_t len, struct http_request *out)
{
	char *at = arena_bytes(mem, len + 1);

	at[len] = '\0';
	invite_body(conn, out);
	if (!read_in_time(s, conn, at, len))
		return false;
	out->body = (struct text){ at, len };
	/* A header block that ended in two bare LFs looks well ended (lax.c) when the body begins like this. */
	if (len >= 2 && at[0] == '\r' && at[1] == '\0')
		out->lax = "a header line that is folded or does not end in CRLF";
	return true;
}

bool
http_request_take(struct http_server *s, struct mg_connection *conn, struct arena *mem, struct http_request *out)
{
	const struct mg_request_info *ri = mg_get_request_info(conn);

	*out = (struct http_request){
		.method_name = text_of(ri->request_method),
		.path = text_of(ri->request_uri),
		.client_ip = text_of(ri->remote_addr),
		.lax = http_lax_of(ri),
		.manage = http_is_managing(s, ri->server_port),
	};
	if (ri->query_string != NULL)
		out->query = text_of(ri->query_string);
	take_method(out);
	take_headers(ri, mem, out);
	if (out->lax != NULL || ri->content_length <= 0)
		return true;
	out->body_len = (size_t)ri->content_length;
	out->body_max = s->config.body_max != NULL ? s->config.body_max(out, mem) : s->config.body_max_bytes;
	out->unread = out->body_max == 0;
	out->too_large = !out->unread && out->body_len > out->body_max;
	return out->unread || out->too_large || take_body(s, conn, mem, out->body_len, out);
}
