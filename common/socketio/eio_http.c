/* The HTTP door: what a request wants, and whether it may. */
#include "common/core/text.h"
#include "common/socketio/eio_lws.h"

#include <string.h>

/* A refused body up to this many payloads is read and thrown away, so that the answer is not lost
 * in a reset; the sender of a larger one is hung up on. */
enum { DISCARD_PAYLOADS = 16 };

static int
reply_not_found(struct lws *wsi, bool close)
{
	return eio_reply(wsi, 404, "application/problem+json", TEXT("{\"type\":\"about:blank\","
	    "\"title\":\"Not found\",\"status\":404,\"code\":\"not_found\"}"), close);
}

static int
reply_busy(struct lws *wsi, bool close)
{
	return eio_reply(wsi, 503, "application/problem+json", TEXT("{\"type\":\"about:blank\","
	    "\"title\":\"Try again shortly\",\"status\":503,\"code\":\"busy\"}"), close);
}

static bool
is_full(struct eio *e)
{
	if (!e->draining && e->n_sessions < e->config->max_sockets)
		return false;
	e->refused++;
	return true;
}

/* -1: none given; -2: not one plain number. */
static int64_t
content_length(struct lws *wsi)
{
	char    digits[24];
	int64_t n;
	int     len = lws_hdr_copy(wsi, digits, (int)sizeof(digits), WSI_TOKEN_HTTP_CONTENT_LENGTH);

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0 || len < 0)
		return -2;
	if (len == 0)
		return -1;
	return text_to_i64((struct text){ digits, (size_t)len }, &n) && n >= 0 ? n : -2;
}

static enum eio_refusal
check(struct eio *e, struct lws *wsi, bool is_get, bool is_upgrade, struct eio_session **found)
{
	struct eio_query   transport, eio, sid;
	struct eio_request r = {
		.transport = eio_query(wsi, "transport", &transport),
		.eio = eio_query(wsi, "EIO", &eio),
		.sid = eio_query(wsi, "sid", &sid),
		.is_get = is_get,
		.is_upgrade = is_upgrade,
	};

	*found = eio_session_find(e, r.sid);
	if (*found != NULL) {
		r.session_known = true;
		r.session_transport = (*found)->transport;
	}
	return eio_request_check(&r);
}

static int
handshake(struct eio_link *l)
{
	struct eio         *e = l->eio;
	struct eio_session *s;
	struct buf          open;
	char                ip[ADDRESS_CHARS + 1];
	int                 n;

	if (is_full(e))
		return reply_busy(l->wsi, false);
	eio_peer_ip(e, l->wsi, ip);
	s = eio_session_new(e, EIO_POLLING,
	    e->config->plain_path != NULL && eio_path_is(l->wsi, e->config->plain_path), ip);
	open = buf_heap(512);
	eio_session_open_packet(s, &open);
	n = eio_reply(l->wsi, 200, "text/plain; charset=UTF-8", buf_as_text(&open), false);
	buf_free(&open);
	return n;
}

static bool
is_octets(struct lws *wsi)
{
	char type[64];

	return lws_hdr_copy(wsi, type, (int)sizeof(type), WSI_TOKEN_HTTP_CONTENT_TYPE) > 0 &&
	    strcmp(type, "application/octet-stream") == 0;
}

static int
post(struct eio_link *l, struct eio_session *s, int64_t length)
{
	if (length < 0)
		return eio_reply_refusal(l->wsi, EIO_BAD_REQUEST, true);
	if ((uint64_t)length > l->eio->config->max_payload_bytes)
		return eio_reply(l->wsi, 413, "text/plain", TEXT(""),
		    (uint64_t)length / DISCARD_PAYLOADS > l->eio->config->max_payload_bytes);
	if (is_octets(l->wsi)) {
		/* Binary bodies were version 3; here they are base64 in text. */
		eio_session_drop(s, "protocol error", EIO_SAY_CLOSE);
		return eio_reply_refusal(l->wsi, EIO_BAD_REQUEST, false);
	}
	return eio_poll_post(l, s);
}

static int
engine_request(struct eio_link *l, int method, int64_t length)
{
	struct eio_session *s;
	enum eio_refusal    why = check(l->eio, l->wsi, method == LWSHUMETH_GET, false, &s);

	if (method == LWSHUMETH_OPTIONS)
		return eio_reply(l->wsi, 204, "", TEXT(""), false);
	if (why != EIO_ALLOWED)
		return eio_reply_refusal(l->wsi, why, length < -1);
	if (method == LWSHUMETH_POST)
		return post(l, s, length);
	if (length > 0 || length < -1)
		return eio_reply_refusal(l->wsi, EIO_BAD_REQUEST, true);
	if (s == NULL)
		return handshake(l);
	if (method != LWSHUMETH_GET)
		return eio_reply(l->wsi, 500, "text/plain", TEXT(""), false);
	return eio_poll_get(l, s);
}

static bool
is_engine_path(const struct eio *e, struct lws *wsi)
{
	const struct socketio_config *c = e->config;

	return eio_path_is(wsi, c->path) || (c->plain_path != NULL && eio_path_is(wsi, c->plain_path));
}

int
eio_http_request(struct eio_link *l)
{
	char   *path;
	int     len, method = lws_http_get_uri_and_method(l->wsi, &path, &len);
	int64_t length = content_length(l->wsi);

	/* A second request before the first was answered: pipelining, which no client here does. */
	if (l->role != EIO_IDLE)
		return -1;
	eio_run_timers(l->eio);
	if (is_engine_path(l->eio, l->wsi))
		return engine_request(l, method, length);
	if (length > 0 || length < -1)
		return eio_reply_refusal(l->wsi, EIO_BAD_REQUEST, true);
	if (method == LWSHUMETH_GET && eio_path_is(l->wsi, "/livez"))
		return eio_reply(l->wsi, 200, "text/plain", TEXT("ok\n"), false);
	return reply_not_found(l->wsi, false);
}

int
eio_http_upgrade(struct eio *e, struct lws *wsi)
{
	char               *path;
	int                 len, method = lws_http_get_uri_and_method(wsi, &path, &len);
	struct eio_session *s;
	enum eio_refusal    why;

	if (!is_engine_path(e, wsi))
		return reply_not_found(wsi, true);
	why = check(e, wsi, method == LWSHUMETH_GET, true, &s);
	if (why == EIO_ALLOWED && method != LWSHUMETH_GET)
		why = EIO_BAD_REQUEST;
	if (why != EIO_ALLOWED) {
		const char *words = eio_refusal_words(why);

		(void)eio_reply(wsi, why == EIO_FORBIDDEN ? 403 : 400, "text/html",
		    text_of(words), true);
		return -1;
	}
	if (s == NULL && is_full(e)) {
		(void)reply_busy(wsi, true);
		return -1;
	}
	return 0;
}
