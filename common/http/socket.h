/* civetweb's half of the server, for the files of this room that speak to it. */
#ifndef HTTP_SOCKET_H
#define HTTP_SOCKET_H
#include <civetweb.h>
#include <pthread.h>

#include "common/http/door.h"

/* civetweb's threads run before it can be asked for its ports: until then the manage port is this. */
enum { PORTS_UNKNOWN = -1 };

/* Counters are changed with __atomic builtins; closing and stopped go from false to true once. */
struct http_socket {
	struct mg_context *ctx;
	int                port;
	int                manage_port;      /* written once by the opener, read through http_is_managing() */
	int                in_hand;          /* requests between their first byte handed to us and their answer */
	int                connections;      /* open ones, idle or not: each holds a thread */
	int                websockets;
	int                refused;          /* since an operator was last told */
	bool               closing, stopped;
	pthread_t          watch;            /* guests.c */
	int                bell;             /* ends it */
};

/* server.c: did a request on this local port come in on manage_listen? Waits the moment until the ports are known. */
bool http_is_managing(const struct http_server *s, int port);

/* stop.c: mg_stop(), without the two seconds that its threads may sleep. */
void http_socket_stop(struct http_socket *s);

/* server.c: how long a client may take to send or to read so many bytes. */
int64_t http_patience_ms(const struct http_server *s, size_t bytes);

/* request.c: fills *out from a connection. False: the client went away in the middle of the body. */
bool http_request_take(struct http_server *s, struct mg_connection *conn, struct arena *mem,
    struct http_request *out);
/* What civetweb swallowed but should not have: see http_request.lax. */
const char *http_lax_of(const struct mg_request_info *ri);

/* reply.c: sends it; true when the connection stays open. */
bool http_reply_send(struct http_server *s, struct mg_connection *conn, struct arena *mem,
    const struct http_request *in, const struct http_reply *reply);

/* websocket.c */
void http_websocket_open(struct http_server *s);
bool http_websocket_wanted(const struct http_server *s, const struct http_request *in);
/* Asks accept(). True: civetweb goes on with the upgrade. False: *out is the refusal. */
bool http_websocket_accept(struct http_server *s, struct mg_connection *conn, struct arena *mem,
    const struct http_request *in, struct http_reply *out);
/* The connection has ended, whether or not its upgrade was finished. */
void http_websocket_gone(const struct mg_connection *conn);
#endif
