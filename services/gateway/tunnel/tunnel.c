/* The websocket of Socket.IO on one host: ended here, opened anew to notification's door, frame for frame.
 *
 * Two threads each: civetweb's brings what the browser says, ours what notification says. In Kubernetes the
 * Ingress sends /socket.io/ to notification directly. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/core/buf.h"
#include "common/core/memory.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/gateway/answer/client.h"
#include "services/gateway/gateway.h"
#include "services/gateway/tunnel/frame.h"
#include "services/gateway/upstream/upstream.h"

enum { READ_BYTES = FRAME_MAX_BYTES + FRAME_HEAD_BYTES, HELLO_BYTES = 8192, STACK_BYTES = 256 * 1024 };

struct tunnel {
	int             fd;
	bool            has_thread;
	pthread_t       thread;
	struct http_ws *ws;
	pthread_mutex_t write_lock;       /* frames of the browser and pongs of ours go out whole */
	struct buf      in, message;
	enum frame_kind message_kind;
	char            early[HELLO_BYTES];      /* frames that came right behind the 101 */
	size_t          n_early;
};

static bool
send_bytes(int fd, struct text bytes)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (bytes.len > 0) {
		ssize_t n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);

		if (n < 0 && (errno == EINTR || (errno == EAGAIN && poll(&p, 1, 10000) > 0)))
			continue;
		if (n <= 0)
			return false;
		bytes = (struct text){ bytes.at + n, bytes.len - (size_t)n };
	}
	return true;
}

static bool
send_frame(struct tunnel *t, enum frame_kind kind, struct text payload)
{
	struct buf b = buf_heap(payload.len + FRAME_HEAD_BYTES);
	bool sent;

	frame_write(&b, kind, payload);
	SURE(pthread_mutex_lock(&t->write_lock) == 0);
	sent = send_bytes(t->fd, buf_as_text(&b));
	SURE(pthread_mutex_unlock(&t->write_lock) == 0);
	buf_free(&b);
	return sent;
}

static void
say_hello(struct req *rq, const struct http_request *in, struct buf *b)
{
	struct text origin = http_request_header(rq, "Origin");

	/* The key is fixed: it keeps caches from answering, and there is none between the gateway and its own door. */
	buf_printf(b, "GET %.*s%s%.*s HTTP/1.1\r\nHost: dure\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZHVyZSBnYXRld2F5IGtleQ==\r\nX-Forwarded-For: %.*s\r\n",
	    TEXT_ARG(in->path), in->query.at != NULL ? "?" : "", (int)in->query.len, in->query.at != NULL ? in->query.at : "",
	    TEXT_ARG(rq->client_ip));
	if (origin.at != NULL)
		buf_printf(b, "Origin: %.*s\r\n", TEXT_ARG(origin));
	buf_str(b, "\r\n");
}

/* Reads the answer's head; what stands behind it are first frames. */
static const struct err *
hear_hello(struct req *rq, struct tunnel *t)
{
	char head[HELLO_BYTES];
	size_t len = 0;
	const char *end = NULL;

	while (end == NULL && len < sizeof(head)) {
		ssize_t n = recv(t->fd, head + len, sizeof(head) - len, 0);

		if (n < 0 && errno == EAGAIN && upstream_wait(rq, t->fd, POLLIN))
			continue;
		if (n <= 0)
			return FAIL(rq, UPSTREAM, "socketio.lost", "the Socket.IO door has hung up");
		len += (size_t)n;
		end = memmem(head, len, "\r\n\r\n", 4);
	}
	if (end == NULL || !text_starts((struct text){ head, len }, TEXT("HTTP/1.1 101")))
		return FAIL(rq, INVALID, "socketio.refused", "the Socket.IO door takes no websocket here");
	t->n_early = len - (size_t)(end + 4 - head);
	memcpy(t->early, end + 4, t->n_early);
	return NULL;
}

static void
tunnel_free(struct tunnel *t)
{
	if (t->fd >= 0)
		(void)close(t->fd);
	buf_free(&t->in);
	buf_free(&t->message);
	memory_give(t);
}

static const struct err *
accept_one(struct req *rq, const struct http_request *in, void **state)
{
	const struct gateway *gateway = gateway_of(rq);
	struct buf hello = buf_in(rq->mem, HELLO_BYTES);
	const struct err *e = NULL;
	struct tunnel *t;

	client_address(rq, in);
	if (gateway->socketio == NULL || !text_starts(in->path, TEXT("/socket.io/")))
		return FAIL(rq, NOT_FOUND, "http.no_such_path", "There is no websocket at this path");
	t = memory_zero(1, sizeof(*t));
	SURE(t != NULL && pthread_mutex_init(&t->write_lock, NULL) == 0);
	t->in = buf_heap(READ_BYTES);
	t->message = buf_heap(FRAME_MAX_BYTES);
	if ((t->fd = upstream_connect(rq, gateway->socketio)) < 0)
		e = FAIL(rq, BUSY, "socketio.unreachable", "the Socket.IO door cannot be reached");
	say_hello(rq, in, &hello);
	if (e == NULL && hello.overflow)
		e = FAIL(rq, INVALID, "socketio.too_long", "path, query and headers of the upgrade are too long");
	if (e == NULL && !send_bytes(t->fd, buf_as_text(&hello)))
		e = FAIL(rq, UPSTREAM, "socketio.lost", "the Socket.IO door has hung up");
	if (e == NULL)
		e = hear_hello(rq, t);
	if (e != NULL)
		tunnel_free(t);
	*state = e == NULL ? t : NULL;
	return e;
}

/* One whole message may come in several frames. False ends the tunnel. */
static bool
take_frame(struct tunnel *t, const struct frame *f)
{
	switch (f->kind) {
	case FRAME_PING:
		return send_frame(t, FRAME_PONG, f->payload);
	case FRAME_PONG:
		return true;
	case FRAME_CLOSE:
		return false;
	case FRAME_TEXT:
	case FRAME_BINARY:
		buf_reset(&t->message);
		t->message_kind = f->kind;
		break;
	case FRAME_MORE:
		break;
	}
	buf_text(&t->message, f->payload);
	if (t->message.overflow)
		return false;
	return !f->last || http_ws_send(t->ws, t->message_kind == FRAME_BINARY, buf_as_text(&t->message));
}

static bool
take_frames(struct tunnel *t)
{
	struct text rest = buf_as_text(&t->in);
	struct frame f;
	int64_t n;

	while ((n = frame_read(rest, &f)) > 0) {
		rest = (struct text){ rest.at + n, rest.len - (size_t)n };
		if (!take_frame(t, &f))
			return false;
	}
	if (rest.len > 0)
		memmove(t->in.at, rest.at, rest.len);
	t->in.len = rest.len;
	return n == 0;
}

static void *
listen_upstream(void *arg)
{
	struct tunnel *t = arg;
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	char bytes[16384];

	buf_put(&t->in, t->early, t->n_early);
	while (take_frames(t)) {
		ssize_t n = recv(t->fd, bytes, sizeof(bytes), 0);

		if (n < 0 && (errno == EINTR || (errno == EAGAIN && poll(&p, 1, -1) > 0)))
			continue;
		if (n <= 0)
			break;
		buf_put(&t->in, bytes, (size_t)n);
		if (t->in.overflow)
			break;
	}
	http_ws_close(t->ws);
	return NULL;
}

static void
opened(void *state, struct http_ws *ws)
{
	struct tunnel *t = state;
	pthread_attr_t attr;

	t->ws = ws;
	SURE(pthread_attr_init(&attr) == 0 && pthread_attr_setstacksize(&attr, STACK_BYTES) == 0);
	t->has_thread = pthread_create(&t->thread, &attr, listen_upstream, t) == 0;
	(void)pthread_attr_destroy(&attr);
	if (!t->has_thread) {
		LOG(NULL, WARN, "socketio.no_thread");
		http_ws_close(ws);
	}
}

static bool
message(void *state, struct http_ws *ws, bool binary, struct text payload)
{
	(void)ws;
	return send_frame(state, binary ? FRAME_BINARY : FRAME_TEXT, payload);
}

static void
closed(void *state)
{
	struct tunnel *t = state;

	(void)shutdown(t->fd, SHUT_RDWR);      /* wakes the thread */
	if (t->has_thread)
		SURE(pthread_join(t->thread, NULL) == 0);
	tunnel_free(t);
}

const struct http_websocket gateway_tunnel = { .path = "/socket.io/", .max_open = 256, .accept = accept_one,
	.opened = opened, .message = message, .closed = closed };
