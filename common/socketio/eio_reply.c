/* HTTP answers: one buffer, one write, the CORS headers the configuration allows. */
#include "common/core/text.h"
#include "common/socketio/eio_lws.h"

#include <string.h>

enum {
	HEAD_BYTES = 1024,
	ORIGIN_CHARS = 256,
	/* A client that does not read its answer holds it in memory no longer than this. */
	ANSWER_SECONDS = 20,
};

static const char *
reason_of(int status)
{
	switch (status) {
	case 200: return "OK";
	case 204: return "No Content";
	case 400: return "Bad Request";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 413: return "Payload Too Large";
	case 503: return "Service Unavailable";
	default:  return "Internal Server Error";
	}
}

static bool
has(const char *const *list, const char *word)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

static void
put_cors(struct buf *to, struct lws *wsi, const struct socketio_config *config)
{
	char origin[ORIGIN_CHARS];

	if (lws_hdr_copy(wsi, origin, (int)sizeof(origin), WSI_TOKEN_ORIGIN) <= 0)
		return;
	if (has(config->cors_origins, "*"))
		buf_str(to, "Access-Control-Allow-Origin: *\r\n");
	else if (has(config->cors_origins, origin))
		/* Credentials: sticky-session cookies of an ingress. */
		buf_printf(to, "Access-Control-Allow-Origin: %s\r\n"
		    "Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n", origin);
	else
		buf_str(to, "Vary: Origin\r\n");
}

static void
put_head(struct buf *to, struct lws *wsi, int status, const char *type, size_t len, bool close)
{
	const struct eio *e = lws_context_user(lws_get_context(wsi));

	buf_printf(to, "HTTP/1.1 %d %s\r\n", status, reason_of(status));
	put_cors(to, wsi, e->config);
	if (status == 204)
		buf_str(to, "Access-Control-Allow-Methods: GET, POST\r\n"
		    "Access-Control-Allow-Headers: Content-Type\r\nAccess-Control-Max-Age: 600\r\n");
	else
		buf_printf(to, "Content-Type: %s\r\nContent-Length: %zu\r\n"
		    "Cache-Control: no-store\r\n", type, len);
	if (status == 503)
		buf_str(to, "Retry-After: 5\r\n");
	if (close)
		buf_str(to, "Connection: close\r\n");
	buf_str(to, "\r\n");
}

int
eio_reply(struct lws *wsi, int status, const char *type, struct text body, bool close)
{
	static const char headroom[EIO_HEADROOM];
	struct buf        out = buf_heap(EIO_HEADROOM + HEAD_BYTES + body.len);
	bool              ok;

	buf_put(&out, headroom, sizeof(headroom));
	put_head(&out, wsi, status, type, body.len, close);
	buf_text(&out, body);
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_SECONDS);
	ok = !out.overflow && lws_write(wsi, (unsigned char *)out.at + EIO_HEADROOM,
	    out.len - EIO_HEADROOM, LWS_WRITE_HTTP) >= 0;
	buf_free(&out);
	if (!ok || close)
		return -1;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

int
eio_reply_refusal(struct lws *wsi, enum eio_refusal why, bool close)
{
	struct buf body = buf_heap(128);
	int        n;

	eio_refusal_write(&body, why);
	n = eio_reply(wsi, why == EIO_FORBIDDEN ? 403 : 400, "application/json", buf_as_text(&body),
	    close);
	buf_free(&body);
	return n;
}
