/* The websocket transport: one Engine.IO packet per frame, and the probe of an upgrade. */
#include "common/core/text.h"
#include "common/socketio/eio_lws.h"

static void
begin_session(struct eio_link *l)
{
	struct eio         *e = l->eio;
	struct eio_session *s;
	struct eio_msg     *m;
	struct buf          open = buf_heap(512);
	char                ip[ADDRESS_CHARS + 1];

	eio_peer_ip(e, l->wsi, ip);
	s = eio_session_new(e, EIO_WEBSOCKET,
	    e->config->plain_path != NULL && eio_path_is(l->wsi, e->config->plain_path), ip);
	l->role = EIO_WS;
	l->session = s;
	s->ws = l;
	eio_session_open_packet(s, &open);
	m = eio_msg_new(false, buf_as_text(&open));
	eio_session_send(s, m);
	eio_msg_drop(&m);
	buf_free(&open);
}

int
eio_ws_established(struct eio_link *l)
{
	struct eio_query    room;
	struct text         sid = eio_query(l->wsi, "sid", &room);
	struct eio_session *s;

	l->role = EIO_PROBE;
	l->eio->n_links++;
	if (sid.len == 0) {
		begin_session(l);
		return 0;
	}
	s = eio_session_find(l->eio, sid);
	if (s == NULL || !eio_session_probe(s, l))
		return -1;
	l->session = s;
	return 0;
}

static bool
write_text(struct eio_link *l, struct text t)
{
	struct eio_msg *m = eio_msg_new(false, t);
	bool            ok;

	ok = lws_write(l->wsi, (unsigned char *)m->room + EIO_HEADROOM, m->len, LWS_WRITE_TEXT) >= 0;
	eio_msg_drop(&m);
	return ok;
}

/* On a probe only "2probe" and then "5" make sense. */
static bool
probe_message(struct eio_link *l, bool binary, struct text bytes)
{
	if (!binary && text_is(bytes, "2probe")) {
		eio_session_probed(l->session);
		return write_text(l, TEXT("3probe"));
	}
	if (!binary && text_is(bytes, "5")) {
		eio_session_upgraded(l->session);
		return true;
	}
	return false;
}

static bool
ws_message(struct eio_link *l, bool binary, struct text bytes)
{
	struct eio_packet p = { EIO_MESSAGE, true, bytes };

	if (l->role == EIO_PROBE)
		return probe_message(l, binary, bytes);
	if (!binary && (!text_is_utf8(bytes) || !eio_packet_read(bytes, &p))) {
		eio_session_drop(l->session, "protocol error", EIO_SAY_CLOSE);
		return false;
	}
	eio_session_packet(l->session, &p);
	return true;
}

static int
too_large(struct eio_link *l)
{
	if (l->role == EIO_WS)
		eio_session_drop(l->session, "message too large", EIO_SAY_CLOSE);
	lws_close_reason(l->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
	return -1;
}

int
eio_ws_receive(struct eio_link *l, const void *bytes, size_t len)
{
	struct text whole = { bytes, len };
	bool        last = lws_is_final_fragment(l->wsi), ok;

	if (l->session == NULL)
		return 0;       /* it is on its way out; what still comes has no receiver */
	if (lws_remaining_packet_payload(l->wsi) > l->eio->config->max_payload_bytes)
		return too_large(l);
	if (!last || l->rx != NULL || len > l->eio->config->max_payload_bytes) {
		if (!eio_rx_put(l, bytes, len))
			return too_large(l);
		whole = (struct text){ l->rx->at, l->rx->len };
	}
	if (!last)
		return 0;
	ok = ws_message(l, lws_frame_is_binary(l->wsi), whole);
	eio_rx_free(l);
	return ok ? 0 : -1;
}

/* The first of what waits; false when the socket is broken. A message that goes only in part is kept by libwebsockets,
 * so a slow reader holds at most one message more than its queue. */
static bool
write_first(struct eio_link *l)
{
	struct eio_outbox *out = &l->session->out;
	struct eio_msg    *m = eio_outbox_first(out);

	if (lws_write(l->wsi, (unsigned char *)m->room + EIO_HEADROOM, m->len,
	    m->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0)
		return false;
	eio_outbox_pop(out);
	return true;
}

/* Writes until the socket has enough. */
int
eio_ws_writable(struct eio_link *l)
{
	struct eio_session *s = l->session;

	if (s == NULL || l->role != EIO_WS)
		return 0;
	while (eio_outbox_first(&s->out) != NULL) {
		if (lws_send_pipe_choked(l->wsi)) {
			lws_callback_on_writable(l->wsi);
			return 0;
		}
		if (!write_first(l))
			return -1;
	}
	if (s->state == EIO_CLOSING)
		eio_session_drop(s, "closed", EIO_SAY_CLOSE);
	return 0;
}

/* A single message to a socket that has kept up is written here and now: to be told first that one may write costs
 * more than writing (tests/bench, row alarms). What fails here fails again where the library wants to hear of it. */
void
eio_ws_wake(struct eio_link *l)
{
	const struct eio_session *s = l->session;
	bool at_once = s->state == EIO_ALIVE && eio_outbox_has_one(&s->out) && !lws_partial_buffered(l->wsi);

	if (!at_once || !write_first(l))
		lws_callback_on_writable(l->wsi);
}

/* The closing handshake, soon and outside of the callback that may be under way. Returning -1 to a
 * writable callback would not do: the library as Debian builds it closes twice then, and the second
 * time without the close frame. Of the time limits only this one ends with a farewell. */
void
eio_ws_doom(struct eio_link *l)
{
	l->session = NULL;
	lws_close_reason(l->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
	lws_set_timeout(l->wsi, PENDING_TIMEOUT_HTTP_KEEPALIVE_IDLE, LWS_TO_KILL_ASYNC);
}

/* At once, for a peer that would not read a farewell either. */
void
eio_ws_kill(struct eio_link *l)
{
	l->session = NULL;
	lws_set_timeout(l->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}
