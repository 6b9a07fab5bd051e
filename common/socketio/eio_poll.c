/* The polling transport: a GET waits for packets, a POST brings some. */
#include "common/core/memory.h"
#include "common/core/text.h"
#include "common/socketio/eio_lws.h"

#include <sys/epoll.h>

static const char text_plain[] = "text/plain; charset=UTF-8";

/* While a poll waits, libwebsockets neither reads its connection nor notices its end (and, left to
 * read, would spin on it). So reading is off, and an epoll set of ours tells who hangs up. */
static void
poll_wait(struct eio_link *l, struct eio_session *s)
{
	struct epoll_event ev = { .events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = l };

	l->role = EIO_GET;
	l->session = s;
	s->get = l;
	l->eio->n_links++;
	lws_set_timeout(l->wsi, NO_PENDING_TIMEOUT, 0);
	lws_rx_flow_control(l->wsi, 0);
	(void)epoll_ctl(l->eio->watch_fd, EPOLL_CTL_ADD, lws_get_socket_fd(l->wsi), &ev);
}

static void
poll_over(struct eio_link *l)
{
	(void)epoll_ctl(l->eio->watch_fd, EPOLL_CTL_DEL, lws_get_socket_fd(l->wsi), NULL);
	l->role = EIO_IDLE;
	l->session = NULL;
	l->eio->n_links--;
}

void
eio_poll_gone(struct eio_link *l)
{
	struct eio_session *s = l->session;

	if (l->role != EIO_GET)
		return;
	poll_over(l);
	l->session = s;
}

void
eio_poll_wake(struct eio_link *l)
{
	lws_rx_flow_control(l->wsi, 1);
	lws_callback_on_writable(l->wsi);
}

void
eio_watch_service(struct eio *e)
{
	struct epoll_event ev[64];
	int                n = epoll_wait(e->watch_fd, ev, COUNT_OF(ev), 0);

	for (int i = 0; i < n; i++) {
		struct eio_link *l = ev[i].data.ptr;

		if (l->session != NULL)
			eio_session_drop(l->session, "transport close", EIO_SAY_CLOSE);
	}
}

static void
put_message(struct buf *to, const struct eio_msg *m)
{
	if (to->len > 0)
		buf_byte(to, EIO_SEPARATOR);
	if (!m->binary) {
		buf_text(to, eio_msg_text(m));
		return;
	}
	buf_byte(to, 'b');
	eio_base64_write(to, eio_msg_text(m));
}

/* Everything that is queued, in one answer. */
static int
answer_queued(struct eio_link *l, struct eio_session *s)
{
	/* Base64 makes three bytes four; a slot is counted with more than its separator. */
	struct buf      body = buf_heap(s->out.bytes * 2);
	struct eio_msg *m;
	int             n;

	while ((m = eio_outbox_first(&s->out)) != NULL) {
		put_message(&body, m);
		eio_outbox_pop(&s->out);
	}
	if (s->state == EIO_CLOSING)
		eio_session_drop(s, "closed", EIO_SAY_CLOSE);
	n = eio_reply(l->wsi, 200, text_plain, buf_as_text(&body), false);
	buf_free(&body);
	return n;
}

int
eio_poll_get(struct eio_link *l, struct eio_session *s)
{
	if (s->get != NULL) {
		eio_session_drop(s, "protocol error", EIO_SAY_CLOSE);
		return eio_reply_refusal(l->wsi, EIO_BAD_REQUEST, false);
	}
	if (eio_outbox_first(&s->out) != NULL)
		return answer_queued(l, s);
	if (s->probe != NULL && s->probed)
		return eio_reply(l->wsi, 200, text_plain, TEXT("6"), false);
	poll_wait(l, s);
	return 0;
}

int
eio_poll_writable(struct eio_link *l)
{
	struct eio_session *s = l->session;
	enum eio_canned     canned = l->canned;

	if (l->role != EIO_GET)
		return 0;
	if (s != NULL && eio_outbox_first(&s->out) == NULL) {
		lws_rx_flow_control(l->wsi, 0);
		return 0;
	}
	poll_over(l);
	if (s == NULL)
		return eio_reply(l->wsi, 200, text_plain,
		    canned == EIO_SAY_NOOP ? TEXT("6") : TEXT("1"), false);
	s->get = NULL;
	return answer_queued(l, s);
}

int
eio_poll_post(struct eio_link *l, struct eio_session *s)
{
	if (s->post != NULL) {
		eio_session_drop(s, "protocol error", EIO_SAY_CLOSE);
		return eio_reply_refusal(l->wsi, EIO_BAD_REQUEST, false);
	}
	l->role = EIO_POST;
	l->session = s;
	s->post = l;
	return 0;
}

int
eio_poll_body(struct eio_link *l, const void *bytes, size_t len)
{
	if (l->role != EIO_POST || l->session == NULL)
		return 0;
	return eio_rx_put(l, bytes, len) ? 0 : -1;
}

static bool
take_binary(struct eio_session *s, struct eio_packet *p)
{
	char  *bytes = memory_take(p->data.len / 4 * 3 + 1);
	size_t len;
	bool   ok;

	SURE(bytes != NULL);
	ok = eio_base64_read(p->data, bytes, &len);
	if (ok) {
		p->data = (struct text){ bytes, len };
		eio_session_packet(s, p);
	}
	memory_give(bytes);
	return ok;
}

static bool
take_payload(struct eio_session *s, struct text body)
{
	if (!text_is_utf8(body))
		return false;
	do {
		struct eio_packet p;

		if (!eio_payload_next(&body, &p))
			return false;
		if (p.binary) {
			if (!take_binary(s, &p))
				return false;
		} else
			eio_session_packet(s, &p);
	} while (body.at != NULL && s->state == EIO_ALIVE);
	return true;
}

int
eio_poll_body_done(struct eio_link *l)
{
	struct eio_session *s = l->session;
	bool                ok;

	if (l->role != EIO_POST)
		return 0;
	l->role = EIO_IDLE;
	l->session = NULL;
	ok = s != NULL;
	if (ok) {
		s->post = NULL;
		ok = take_payload(s, l->rx == NULL ? TEXT("") : (struct text){ l->rx->at, l->rx->len });
		if (!ok)
			eio_session_drop(s, "protocol error", EIO_SAY_CLOSE);
	}
	eio_rx_free(l);
	return ok ? eio_reply(l->wsi, 200, "text/html", TEXT("ok"), false)
	    : eio_reply_refusal(l->wsi, EIO_BAD_REQUEST, false);
}
