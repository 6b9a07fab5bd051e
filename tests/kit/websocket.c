/* A websocket client (RFC 6455): text frames, pings, close. */
#include "tests/kit/room.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/core/buf.h"
#include "common/core/clock.h"

enum { OP_CONTINUE = 0, OP_TEXT = 1, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10, UPGRADE_MS = 10000 };
#define MESSAGE_BYTES  ((size_t)4 << 20)

struct kit_websocket {
	int        fd;
	bool       ended;
	struct buf in;         /* arrived, not yet taken */
	struct buf message;    /* of the frames so far */
};

static void
send_all(struct kit_websocket *w, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0 && !w->ended) {
		ssize_t n = send(w->fd, at, length, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			w->ended = true;
		if (n > 0) {
			at += n;
			length -= (size_t)n;
		}
	}
}

/* A client masks; with zeros, which changes nothing, since nobody attacks a proxy here. */
static void
send_frame(struct kit_websocket *w, int op, const char *bytes, size_t length)
{
	uint8_t head[14] = { (uint8_t)(0x80 | op) };
	size_t n = 2;

	SURE(length <= UINT16_MAX);
	if (length < 126) {
		head[1] = (uint8_t)(0x80 | length);
	} else {
		head[1] = 0x80 | 126;
		head[2] = (uint8_t)(length >> 8);
		head[3] = (uint8_t)length;
		n = 4;
	}
	send_all(w, head, n + 4);
	send_all(w, bytes, length);
}

/* More bytes into w->in; false when the time is over or the connection ended. */
static bool
receive(struct kit_websocket *w, int64_t deadline_us)
{
	char chunk[8192];
	int64_t left = (deadline_us - clock_mono_us()) / 1000;
	ssize_t n;

	if (w->ended || left < 0 || poll(&(struct pollfd){ .fd = w->fd, .events = POLLIN }, 1, (int)left) <= 0)
		return false;
	n = recv(w->fd, chunk, sizeof(chunk), 0);
	if (n <= 0)
		w->ended = true;
	else
		buf_put(&w->in, chunk, (size_t)n);
	return n > 0;
}

static void
drop(struct buf *b, size_t n)
{
	memmove(b->at, b->at + n, b->len - n);
	b->len -= n;
}

/* The whole frame at the front of w->in, if it is all there. */
struct frame { bool last; int op; const char *at; size_t length, whole; };

static bool
next_frame(const struct kit_websocket *w, struct frame *f)
{
	const uint8_t *p = (const uint8_t *)w->in.at;
	size_t head = 2;

	if (w->in.len < head)
		return false;
	f->length = p[1] & 0x7f;
	head += f->length == 126 ? 2 : f->length == 127 ? 8 : 0;
	if (w->in.len < head)
		return false;
	if (head > 2) {
		f->length = 0;
		for (size_t i = 2; i < head; i++)
			f->length = f->length << 8 | p[i];
	}
	f->last = (p[0] & 0x80) != 0;
	f->op = p[0] & 0x0f;
	f->at = w->in.at + head;
	f->whole = head + f->length;
	return w->in.len >= f->whole;
}

/* A whole text message, or NULL when there is more to come. */
static const char *
take_frame(struct kit_websocket *w, const struct frame *f)
{
	const char *message = NULL;

	if (f->op == OP_PING)
		send_frame(w, OP_PONG, f->at, f->length);
	if (f->op == OP_CLOSE)
		w->ended = true;
	if (f->op == OP_TEXT || f->op == OP_CONTINUE) {
		buf_put(&w->message, f->at, f->length);
		if (f->last) {
			message = kit_keep(w->message.len > 0 ? w->message.at : "", w->message.len);
			buf_reset(&w->message);
		}
	}
	drop(&w->in, f->whole);
	return message;
}

const char *
kit_websocket_next(struct kit_websocket *w, int timeout_ms)
{
	int64_t deadline = kit_deadline(timeout_ms);
	struct frame f;

	for (;;) {
		while (next_frame(w, &f)) {
			const char *message = take_frame(w, &f);

			if (message != NULL)
				return message;
		}
		if (!receive(w, deadline))
			return NULL;
	}
}

/* Reads the answer's head; what stands behind it is left in w->in. */
static bool
upgraded(struct kit_websocket *w)
{
	int64_t deadline = kit_deadline(UPGRADE_MS);
	const char *end;
	bool ok;

	while (w->in.len == 0 || (end = memmem(w->in.at, w->in.len, "\r\n\r\n", 4)) == NULL)
		if (!receive(w, deadline))
			return false;
	ok = w->in.len > 12 && memcmp(w->in.at, "HTTP/1.1 101", 12) == 0;
	drop(&w->in, (size_t)(end - w->in.at) + 4);
	return ok;
}

/* The key is a fixed one: nothing here caches. */
struct kit_websocket *
kit_websocket_open(int port, const char *path, const char *headers)
{
	struct kit_websocket *w = calloc(1, sizeof(*w));
	const char *request = kit_print("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
	    path, port, headers != NULL ? headers : "");

	SURE(w != NULL);
	w->in = buf_heap(MESSAGE_BYTES);
	w->message = buf_heap(MESSAGE_BYTES);
	w->fd = kit_dial(port);
	if (w->fd >= 0)
		send_all(w, request, strlen(request));
	if (w->fd < 0 || !upgraded(w))
		kit_websocket_close(&w);
	return w;
}

void
kit_websocket_send(struct kit_websocket *w, const char *text)
{
	send_frame(w, OP_TEXT, text, strlen(text));
}

bool
kit_websocket_ended(const struct kit_websocket *w)
{
	return w->ended;
}

void
kit_websocket_close(struct kit_websocket **wp)
{
	struct kit_websocket *w = *wp;

	*wp = NULL;
	if (w->fd >= 0)
		close(w->fd);
	buf_free(&w->in);
	buf_free(&w->message);
	free(w);
}
