/* The HTTP server: civetweb's threads, every request taken at begin_request. */
#include "common/core/arena.h"
#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/guests.h"
#include "common/http/socket.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <string.h>
#include <time.h>

/* A request's memory: its body, read into structs (a JSON document is some times its text), and an answer of
 * up to 8 MiB written by a growing, so doubling, buffer, twice. */
enum { MEM_BASE_BYTES = 67108864, MEM_PER_BODY_BYTE = 12 };
enum { KEEP_ALIVE_MS = 30000, QUIET_MS = 100, POLL_MS = 5, MAX_OPTIONS = 40,
	SLOWEST_BYTES_MS = 16 };

METRIC(connections, GAUGE, "dure_http_connections", NULL, "Open connections, each holding a thread");
METRIC(threads, GAUGE, "dure_http_threads", NULL, "Threads there are, so how many connections are served at the same time");
METRIC(unreadable, COUNTER, "dure_http_unreadable_total", NULL, "Requests that could not be read at all");

static void *
on_init_thread(const struct mg_context *ctx, int thread_type)
{
	const struct http_server *s = mg_get_user_data(ctx);

	if (thread_type != 1)
		return NULL;
	return arena_open(MEM_BASE_BYTES + MEM_PER_BODY_BYTE * s->config.body_max_bytes);
}

static void
on_exit_thread(const struct mg_context *ctx, int thread_type, void *pointer)
{
	struct arena *mem = pointer;

	(void)ctx;
	if (thread_type == 1 && mem != NULL)
		arena_close(&mem);
}

static struct http_server *
server_of(const struct mg_connection *conn)
{
	return mg_get_user_data(mg_get_context(conn));
}

static int
on_init_connection(const struct mg_connection *conn, void **conn_data)
{
	*conn_data = NULL;
	__atomic_add_fetch(&server_of(conn)->socket->connections, 1, __ATOMIC_RELAXED);
	metric_add(&connections, NULL, 1);
	return 0;
}

int64_t
http_patience_ms(const struct http_server *s, size_t bytes)
{
	return s->config.request_timeout_ms + (int64_t)(bytes / SLOWEST_BYTES_MS);
}

enum fate { STAYS, ENDS, UPGRADES };

static int
keep_alive_ms(const struct http_server_config *c)
{
	return c->keep_alive_ms > 0 ? c->keep_alive_ms : KEEP_ALIVE_MS;
}

static enum fate
serve(struct http_server *s, struct mg_connection *conn, struct arena *mem)
{
	struct http_request in;
	struct http_reply out;

	if (!http_request_take(s, conn, mem, &in))
		return ENDS;
	if (!http_websocket_wanted(s, &in))
		http_handle(s, mem, &in, &out);
	else if (http_websocket_accept(s, conn, mem, &in, &out))
		return UPGRADES;
	return http_reply_send(s, conn, mem, &in, &out) ? STAYS : ENDS;
}

/* begin_request was asked for this thread's request. */
static _Thread_local bool has_begun;

/* Above zero: handled, civetweb reads on. Below: handled, and what is unread of the body is not waited for. Zero:
 * civetweb answers the upgrade. */
static int
on_begin_request(struct mg_connection *conn)
{
	struct http_server *s = server_of(conn);
	struct arena *mem = mg_get_thread_pointer(conn);

	has_begun = true;
	http_guest_due(conn, 0);
	__atomic_add_fetch(&s->socket->in_hand, 1, __ATOMIC_ACQ_REL);
	enum fate fate = serve(s, conn, mem);
	arena_reset(mem);
	__atomic_sub_fetch(&s->socket->in_hand, 1, __ATOMIC_ACQ_REL);
	if (fate == STAYS)
		http_guest_due(conn, keep_alive_ms(&s->config) + s->config.request_timeout_ms);
	if (fate == ENDS)
		mg_disable_connection_keep_alive(conn);
	return fate == STAYS ? 1 : fate == ENDS ? -1 : 0;
}

/* civetweb has said its own verdict on this thread's connection, which is its last answer. */
static _Thread_local bool has_verdict;

/* A request that never became one of ours: no headers, no ids of the caller's, only civetweb's own verdict. */
static void
say_malformed(struct mg_connection *conn, int status)
{
	char body[320], all[640], id[UUID_CHARS + 1];
	const char *title = mg_get_response_code_text(conn, status);

	metric_add(&unreadable, NULL, 1);
	uuid_print(uuid_new(), id);
	snprintf(body, sizeof body, "{\"type\":\"urn:dure:problem:http.malformed\",\"title\":\"%s\",\"status\":%d,"
	    "\"detail\":\"The request cannot be read\",\"code\":\"http.malformed\",\"requestId\":\"%s\"}", title, status, id);
	snprintf(all, sizeof all, "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status, title,
	    strlen(body), body);
	(void)mg_write(conn, all, strlen(all));
}

/* Without memory civetweb asks nobody and says nothing, and would go on to the next request: the caller waits in vain. */
static void
on_end_request(const struct mg_connection *conn, int status)
{
	union { const struct mg_connection *from; struct mg_connection *to; } ended = { .from = conn };

	(void)status;
	if (!has_begun && !has_verdict) {
		mg_disable_connection_keep_alive(ended.to);
		say_malformed(ended.to, 503);
		has_verdict = true;
	}
	has_begun = false;
}

static int
on_http_error(struct mg_connection *conn, int status, const char *message)
{
	(void)message;
	mg_disable_connection_keep_alive(conn);
	if (!has_verdict)
		say_malformed(conn, status);
	has_verdict = true;
	return 0;
}

/* "GET http://elsewhere/ HTTP/1.1" and "OPTIONS *": civetweb takes the head, finds nothing local in the target, and
 * hangs up without asking anybody. */
static bool
was_passed_over(const struct mg_request_info *ri)
{
	const char *target = ri->request_uri;

	return target != NULL && ri->local_uri_raw == NULL && (strcmp(target, "*") == 0 || strstr(target, "://") != NULL);
}

static void
on_connection_close(const struct mg_connection *conn)
{
	union { const struct mg_connection *from; struct mg_connection *to; } last = { .from = conn };

	if (!has_verdict && was_passed_over(mg_get_request_info(conn)))
		say_malformed(last.to, 400);
	has_verdict = false;
	http_websocket_gone(conn);
	http_guest_leaves(conn);
	__atomic_sub_fetch(&server_of(conn)->socket->connections, 1, __ATOMIC_RELAXED);
	metric_add(&connections, NULL, -1);
}

static int
on_log(const struct mg_connection *conn, const char *message)
{
	(void)conn;
	LOG(NULL, DEBUG, "http.civetweb", kv_s("message", message));
	return 1;
}

/* Option names and values for civetweb, NULL-terminated. */
struct options { const char *at[MAX_OPTIONS]; int n; };

static void
option(struct options *o, const char *name, const char *value)
{
	SURE(o->n + 3 <= MAX_OPTIONS);
	o->at[o->n++] = name;
	o->at[o->n++] = value;
	o->at[o->n] = NULL;
}

/* tcp_nodelay and keep-alive are off by default in civetweb; its CORS answer is switched off by "". Paths come to
 * us as they stood on the wire. */
static void
fill_options(struct req *rq, struct options *o, const struct http_server_config *c)
{
	const char *ports = c->manage_listen == NULL ? c->listen :
	    arena_printf(rq->mem, "%s,%s", c->listen, c->manage_listen);

	option(o, "listening_ports", ports);
	option(o, "num_threads", arena_printf(rq->mem, "%d", c->threads));
	option(o, "request_timeout_ms", arena_printf(rq->mem, "%d", c->request_timeout_ms));
	option(o, "keep_alive_timeout_ms", arena_printf(rq->mem, "%d", keep_alive_ms(c)));
	option(o, "enable_keep_alive", "yes");
	option(o, "tcp_nodelay", "1");
	option(o, "listen_backlog", "1024");
	option(o, "connection_queue", "256");
	option(o, "decode_url", "no");
	option(o, "enable_directory_listing", "no");
	option(o, "access_control_allow_origin", "");
	option(o, "access_control_allow_methods", "");
	option(o, "access_control_allow_headers", "");
	option(o, "websocket_timeout_ms", "60000");
}

static const struct err *
start(struct req *rq, struct http_server *s)
{
	static const struct mg_callbacks callbacks = {
		.begin_request = on_begin_request, .end_request = on_end_request, .http_error = on_http_error,
		.log_message = on_log, .log_access = on_log,
		.init_thread = on_init_thread, .exit_thread = on_exit_thread, .init_connection = on_init_connection,
		.connection_close = on_connection_close,
	};
	struct options o = { .n = 0 };
	char said[256] = "";
	unsigned code = 0;

	fill_options(rq, &o, &s->config);
	s->socket->ctx = mg_start2(&(struct mg_init_data){ .callbacks = &callbacks, .user_data = s,
	    .configuration_options = o.at }, &(struct mg_error_data){ .code = &code, .text = said,
	    .text_buffer_size = sizeof said });
	if (s->socket->ctx == NULL)
		return FAIL(rq, INTERNAL, "http.listen", "cannot listen on %s: %s", s->config.listen, said);
	return NULL;
}

static void
learn_ports(struct http_server *s)
{
	struct mg_server_port ports[2] = { { 0 } };
	int n = mg_get_server_ports(s->socket->ctx, 2, ports);

	SURE(n >= 1);
	s->socket->port = ports[0].port;
	__atomic_store_n(&s->socket->manage_port, s->config.manage_listen != NULL && n > 1 ? ports[1].port : 0,
	    __ATOMIC_RELEASE);
}

bool
http_is_managing(const struct http_server *s, int port)
{
	int manage_port;

	while ((manage_port = __atomic_load_n(&s->socket->manage_port, __ATOMIC_ACQUIRE)) == PORTS_UNKNOWN)
		(void)sched_yield();
	return manage_port != 0 && port == manage_port;
}

const struct err *
http_server_open(struct req *rq, struct http_server **out, const struct http_server_config *config)
{
	struct http_server *s = calloc(1, sizeof *s);

	SURE(s != NULL);
	SURE((s->socket = calloc(1, sizeof *s->socket)) != NULL);
	s->socket->manage_port = PORTS_UNKNOWN;
	http_routes_open(s, config);
	const struct err *e = start(rq, s);
	if (e != NULL) {
		http_routes_close(s);
		free(s->socket);
		free(s);
		return e;
	}
	learn_ports(s);
	http_guests_open(s);
	http_websocket_open(s);
	metric_set(&threads, NULL, config->threads);
	LOG(rq, INFO, "http.listening", kv_i("port", s->socket->port), kv_i("managePort", s->socket->manage_port));
	*out = s;
	return NULL;
}

int
http_server_port(const struct http_server *s)
{
	return s->socket->port;
}

int
http_server_manage_port(const struct http_server *s)
{
	return s->socket->manage_port;
}

static void
sleep_ms(int ms)
{
	(void)nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL);
}

static void
drain(const struct http_server *s, int grace_ms)
{
	int64_t end_us = clock_mono_us() + (int64_t)grace_ms * 1000, quiet_since_us = clock_mono_us();

	while (clock_mono_us() < end_us) {
		if (__atomic_load_n(&s->socket->in_hand, __ATOMIC_ACQUIRE) > 0)
			quiet_since_us = clock_mono_us();
		if (clock_mono_us() - quiet_since_us >= (int64_t)QUIET_MS * 1000)
			return;
		sleep_ms(POLL_MS);
	}
}

void
http_server_leave(struct http_server *s)
{
	__atomic_store_n(&s->socket->closing, true, __ATOMIC_RELEASE);
}

void
http_server_close(struct http_server **server, int grace_ms)
{
	struct http_server *s = *server;

	*server = NULL;
	if (s == NULL)
		return;
	http_server_leave(s);
	drain(s, grace_ms);
	http_socket_stop(s->socket);
	http_guests_close(s);
	http_routes_close(s);
	free(s->socket);
	free(s);
}
