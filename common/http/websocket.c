/* Websockets that end here: whole messages up, sends from any thread. */
#include <pthread.h>
#include <string.h>

#include "common/core/clock.h"
#include "common/core/memory.h"
#include "common/core/text.h"
#include "common/http/socket.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

/* Longest message put together from fragments; Engine.IO's own limit is as large. */
enum { MESSAGE_MAX_BYTES = 1048576, OP_MASK = 0x0f, FIN = 0x80, ACCEPT_MS = 10000 };

METRIC(open_sockets, GAUGE, "dure_http_websockets", NULL, "Websockets that end here");

/* One open socket, made at accept() and freed when its connection has ended. lock guards conn and is held
 * while a frame is written; civetweb's own lock of the connection is taken inside it. */
struct http_ws {
	struct http_server   *s;
	void                 *state;
	pthread_mutex_t       lock;
	struct mg_connection *conn;          /* NULL before the upgrade and after the end */
	struct buf            parts;         /* fragments so far */
	bool                  in_parts, parts_binary;
};

static struct http_ws *
ws_of(const struct mg_connection *conn)
{
	return mg_get_user_connection_data(conn);
}

bool
http_websocket_wanted(const struct http_server *s, const struct http_request *in)
{
	size_t n;

	return s->config.websocket != NULL && in->lax == NULL && !in->manage && text_is(in->method_name, "GET") &&
	    text_is(in->path, s->config.websocket->path) && http_list_has(http_header_of(in, "Upgrade", &n), "websocket");
}

static const struct err *
ask(struct http_server *s, struct req *rq, const struct http_request *in, void **state)
{
	const struct http_websocket *w = s->config.websocket;

	if ((size_t)__atomic_load_n(&s->socket->websockets, __ATOMIC_ACQUIRE) >= w->max_open)
		return FAIL(rq, BUSY, "http.too_many_sockets", "All %zu sockets are taken", w->max_open);
	return w->accept(rq, in, state);
}

static void
tell(struct http_server *s, struct req *rq, const struct err *e, int status, int64_t took_us)
{
	const struct http_request *in = rq->answer->in;

	http_span(rq, in, status, e, took_us);
	LOG(rq, INFO, "http.websocket", kv_s("slug", e != NULL ? e->slug : ""));
	if (s->config.seen != NULL)
		s->config.seen(rq, in, status, took_us);
}

bool
http_websocket_accept(struct http_server *s, struct mg_connection *conn, struct arena *mem, const struct http_request *in,
    struct http_reply *out)
{
	struct http_answer a = { .in = in };
	int64_t began_us = clock_mono_us();
	struct req rq;
	void *state = NULL;

	*out = (struct http_reply){ 0 };
	req_begin(&rq, s->config.app, mem, TEXT("websocket"), ACCEPT_MS);
	http_follow(&rq, in);
	rq.client_ip = in->client_ip;
	rq.answer = &a;
	const struct err *e = ask(s, &rq, in, &state);
	if (e != NULL)
		http_reply_problem(&rq, e, out);
	else
		out->status = 101;
	if (http_is_told(s, &rq, e, out->status))
		tell(s, &rq, e, out->status, clock_mono_us() - began_us);
	req_end(&rq);
	if (e != NULL)
		return false;
	struct http_ws *ws = memory_zero(1, sizeof *ws);
	SURE(ws != NULL);
	*ws = (struct http_ws){ .s = s, .state = state, .parts = buf_heap(MESSAGE_MAX_BYTES) };
	pthread_mutex_init(&ws->lock, NULL);
	metric_set(&open_sockets, NULL, __atomic_add_fetch(&s->socket->websockets, 1, __ATOMIC_ACQ_REL));
	mg_set_user_connection_data(conn, ws);
	return true;
}

void
http_websocket_gone(const struct mg_connection *conn)
{
	struct http_ws *ws = ws_of(conn);

	if (ws == NULL)
		return;
	mg_set_user_connection_data(conn, NULL);
	pthread_mutex_lock(&ws->lock);
	ws->conn = NULL;
	pthread_mutex_unlock(&ws->lock);
	ws->s->config.websocket->closed(ws->state);
	metric_set(&open_sockets, NULL, __atomic_sub_fetch(&ws->s->socket->websockets, 1, __ATOMIC_ACQ_REL));
	pthread_mutex_destroy(&ws->lock);
	buf_free(&ws->parts);
	memory_give(ws);
}

static bool
send_frame(struct http_ws *ws, int op, struct text payload)
{
	bool sent;

	pthread_mutex_lock(&ws->lock);
	sent = ws->conn != NULL && mg_websocket_write(ws->conn, op, payload.at, payload.len) > 0;
	pthread_mutex_unlock(&ws->lock);
	return sent;
}

bool
http_ws_send(struct http_ws *ws, bool binary, struct text payload)
{
	return send_frame(ws, binary ? MG_WEBSOCKET_OPCODE_BINARY : MG_WEBSOCKET_OPCODE_TEXT, payload);
}

/* 1000: a normal end (RFC 6455 7.4.1). The reading thread ends when the client answers, or by its timeout. */
void
http_ws_close(struct http_ws *ws)
{
	(void)send_frame(ws, MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE, TEXT("\x03\xe8"));
	pthread_mutex_lock(&ws->lock);
	if (ws->conn != NULL)
		mg_disable_connection_keep_alive(ws->conn);
	pthread_mutex_unlock(&ws->lock);
}

/* Only what begin_request has let through has its data set. */
static int
on_connect(const struct mg_connection *conn, void *arg)
{
	(void)arg;
	return ws_of(conn) != NULL ? 0 : 1;
}

static void
on_ready(struct mg_connection *conn, void *arg)
{
	struct http_ws *ws = ws_of(conn);

	(void)arg;
	pthread_mutex_lock(&ws->lock);
	ws->conn = conn;
	pthread_mutex_unlock(&ws->lock);
	ws->s->config.websocket->opened(ws->state, ws);
}

static bool
deliver(struct http_ws *ws, bool binary, struct text payload)
{
	return ws->s->config.websocket->message(ws->state, ws, binary, payload);
}

/* The first fragment says what the message is, the last one has FIN. */
static bool
take_part(struct http_ws *ws, int bits, struct text payload)
{
	bool first = (bits & OP_MASK) != MG_WEBSOCKET_OPCODE_CONTINUATION;

	if (first == ws->in_parts)
		return false;
	if (first) {
		buf_reset(&ws->parts);
		ws->parts_binary = (bits & OP_MASK) == MG_WEBSOCKET_OPCODE_BINARY;
		ws->in_parts = true;
	}
	buf_text(&ws->parts, payload);
	if (ws->parts.overflow)
		return false;
	if ((bits & FIN) == 0)
		return true;
	ws->in_parts = false;
	return deliver(ws, ws->parts_binary, buf_as_text(&ws->parts));
}

static int
on_data(struct mg_connection *conn, int bits, char *data, size_t len, void *arg)
{
	struct http_ws *ws = ws_of(conn);
	struct text payload = { data, len };

	(void)arg;
	switch (bits & OP_MASK) {
	case MG_WEBSOCKET_OPCODE_PING:
		return send_frame(ws, MG_WEBSOCKET_OPCODE_PONG, payload);
	case MG_WEBSOCKET_OPCODE_PONG:
		return 1;
	case MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE:
		(void)send_frame(ws, MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE, len >= 2 ? (struct text){ data, 2 } : TEXT(""));
		return 0;
	case MG_WEBSOCKET_OPCODE_TEXT:
	case MG_WEBSOCKET_OPCODE_BINARY:
		if ((bits & FIN) != 0 && !ws->in_parts)
			return deliver(ws, (bits & OP_MASK) == MG_WEBSOCKET_OPCODE_BINARY, payload);
		return take_part(ws, bits, payload);
	case MG_WEBSOCKET_OPCODE_CONTINUATION:
		return take_part(ws, bits, payload);
	default:
		return 0;
	}
}

static void
on_close(const struct mg_connection *conn, void *arg)
{
	(void)arg;
	http_websocket_gone(conn);
}

void
http_websocket_open(struct http_server *s)
{
	if (s->config.websocket != NULL)
		mg_set_websocket_handler(s->socket->ctx, s->config.websocket->path, on_connect, on_ready, on_data, on_close, NULL);
}
