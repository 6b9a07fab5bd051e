/* A Socket.IO 5 server on Engine.IO 4. Knows sockets, namespaces, rooms and events; nothing of alarms.
 *
 * One thread (libwebsockets on libuv) owns all sockets. The callbacks run on that thread and must
 * not block: work that waits for a database is handed to a thread of the caller's, which answers
 * later with socketio_accept(), socketio_refuse() or socketio_ack(). Those and the emit functions
 * may be called from any thread; they copy what they are given, queue it (bounded) and never block.
 * A socket is named by a number that is never used twice, so an answer to a socket that has gone
 * is harmless. */
#ifndef SOCKETIO_SOCKETIO_H
#define SOCKETIO_SOCKETIO_H
#include "common/core/base.h"
#include "common/core/err.h"

struct socketio;
typedef uint64_t socketio_id;            /* one socket in one namespace */

/* An event as it came: args is the JSON text of the argument array behind the event's name,
 * compact, order kept ("[]" when there were none), with {"_placeholder":true,"num":i} where binary
 * parts stood. ack_id is -1 when no acknowledgement is wanted. Borrowed for the call. */
struct socketio_event {
	struct text        name;
	struct text        args_json;
	const struct text *binary;
	size_t             n_binary;
	int64_t            ack_id;
	struct text        nsp;
};

/* What an event carries: the JSON array behind its name and the binary parts it refers to. */
struct socketio_args { struct text json; const struct text *binary; size_t n_binary; };

struct socketio_events {
	/* A client asks to join a namespace. auth_json is the handshake's auth object ("{}" when none),
	 * client_ip the peer or the address a trusted proxy named. Answer once, now or later, with
	 * socketio_accept() or socketio_refuse(). */
	void (*connect)(void *arg, socketio_id id, struct text nsp, struct text auth_json, struct text client_ip);
	void (*event)(void *arg, socketio_id id, const struct socketio_event *ev);
	/* What the client acknowledges: name is empty, ack_id the number that socketio_ask() was given (or
	 * whatever else the client says: it is the caller who knows what it asked). NULL when nothing is asked. */
	void (*answer)(void *arg, socketio_id id, const struct socketio_event *ev);
	/* The socket is gone; reason is a stable word: "client namespace disconnect", "transport close",
	 * "ping timeout", "server namespace disconnect", "slow reader", "protocol error", "message too
	 * large", "server shutting down". Every id that connect() named is told once, accepted or not,
	 * unless it was refused. */
	void (*disconnect)(void *arg, socketio_id id, const char *reason);
	/* A message of a client on plain_path. NULL when there is no such path. */
	void (*plain_message)(void *arg, socketio_id id, bool binary, struct text bytes);
	void  *arg;
};

struct socketio_config {
	/* "127.0.0.1:8115", "[::1]:8115", several with commas between; port 0 picks a free one, the
	 * same for all. */
	const char        *listen;
	const char        *path;                /* "/socket.io/" */
	const char *const *namespaces;          /* NULL-terminated; "/" is always there */
	int                ping_interval_ms;    /* 25000 */
	int                ping_timeout_ms;     /* 20000 */
	int                connect_timeout_ms;  /* 45000: no CONNECT packet by then closes */
	int                upgrade_timeout_ms;  /* 10000 */
	size_t             max_payload_bytes;   /* 1000000; of one message, whatever its transport */
	size_t             max_queue_bytes;     /* per socket, waiting to be read; more cuts the socket */
	size_t             max_sockets;         /* further handshakes get 503 */
	const char *const *cors_origins;        /* NULL-terminated allow-list, "*" allows all */
	/* Peers whose X-Forwarded-For is believed: "10.0.0.0/8, ::1" (core/address.h); NULL believes nobody. */
	const char        *trusted_proxies;
	const char        *plain_path;          /* Engine.IO without Socket.IO, "/engine.io/"; or NULL */
};

/* Listens and starts the thread. Needs: events and config live as long as the server. *out is set
 * before the first callback runs. */
const struct err *socketio_open(struct req *rq, struct socketio **out, const struct socketio_config *config,
    const struct socketio_events *events) MUST_USE;
int         socketio_port(const struct socketio *s);
/* Refuses new handshakes, then closes all sockets; blocks up to grace_ms. Takes the pointer. */
void        socketio_close(struct socketio **s, int grace_ms);

/* Joins the socket to its namespace (CONNECT answer with a new Socket.IO sid). */
void        socketio_accept(struct socketio *s, socketio_id id);
/* CONNECT_ERROR with {"message":message} and, when not empty, "data":data_json. */
void        socketio_refuse(struct socketio *s, socketio_id id, const char *message, struct text data_json);
/* Rooms are texts of at most 63 bytes ("user:…"); a socket may be in at most 8. One that joins before it is
 * accepted hears nothing until then, and misses nothing from then on. */
void        socketio_join(struct socketio *s, socketio_id id, const char *room);
void        socketio_leave(struct socketio *s, socketio_id id, const char *room);
/* args_json is the array behind the name: "[1,2]". */
void        socketio_emit(struct socketio *s, socketio_id id, const char *event, struct text args_json);
/* With binary parts, referred to by placeholders in args_json. */
void        socketio_emit_binary(struct socketio *s, socketio_id id, const char *event, struct text args_json,
    const struct text *binary, size_t n_binary);
/* The same, with an acknowledgement wanted: events.answer gets it under this number, 0 or more. A client may
 * never give one. */
void        socketio_ask(struct socketio *s, socketio_id id, const char *event, int64_t ack_id,
    const struct socketio_args *args);
void        socketio_emit_room(struct socketio *s, const char *nsp, const char *room, const char *event,
    struct text args_json);
void        socketio_ack(struct socketio *s, socketio_id id, int64_t ack_id, struct text args_json,
    const struct text *binary, size_t n_binary);
/* DISCONNECT of the namespace; close_connection ends the Engine.IO session as well. */
void        socketio_disconnect(struct socketio *s, socketio_id id, bool close_connection);
/* The same for everybody in a room (log-out of a session: room "session:…"). */
void        socketio_disconnect_room(struct socketio *s, const char *nsp, const char *room, bool close_connection);

/* An Engine.IO message to a client on plain_path. */
void        socketio_send_plain(struct socketio *s, socketio_id id, bool binary, struct text bytes);

/* Counts for the metrics; any thread. sockets are those accepted, sessions the connections below
 * them; emitted counts packets by receiver; dropped are calls that found the queue full. */
struct socketio_stats {
	size_t   sockets, sessions;
	uint64_t emitted, cut_slow, refused, dropped;
};
struct socketio_stats socketio_stats(const struct socketio *s);
#endif
