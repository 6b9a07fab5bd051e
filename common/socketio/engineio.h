/* Engine.IO sessions: who is connected, by which transport, alive or not. Inside the room only.
 *
 * A session lives on links. A link is one connection of libwebsockets: a websocket, a waiting poll
 * (GET), a body on its way (POST), or a websocket that would like to take a session over (probe).
 * Everything here runs on the server's one thread. */
#ifndef SOCKETIO_ENGINEIO_H
#define SOCKETIO_ENGINEIO_H
#include "common/socketio/eio_msg.h"
#include "common/socketio/eio_packet.h"
#include "common/core/address.h"
#include "common/socketio/eio_timer.h"
#include "common/socketio/socketio.h"

#include <stdatomic.h>

struct lws;
struct lws_context;
struct eio;
struct eio_session;

enum eio_role { EIO_IDLE, EIO_GET, EIO_POST, EIO_WS, EIO_PROBE };
/* What a waiting poll is answered when its session lets it go or ends. */
enum eio_canned { EIO_SAY_NOOP, EIO_SAY_CLOSE };

/* Bytes of a message or a body that has not come completely yet. */
struct eio_rx { size_t len, cap; char at[]; };

/* The user space of a connection; zeroed by libwebsockets. */
struct eio_link {
	struct eio         *eio;
	struct lws         *wsi;
	struct eio_session *session;    /* NULL: none, or it has ended */
	struct eio_rx      *rx;
	enum eio_role       role;
	enum eio_canned     canned;
};

enum eio_state { EIO_ALIVE, EIO_CLOSING, EIO_DEAD };

struct eio_session {
	struct eio          *eio;
	struct eio_session  *next;      /* in its bucket, then in the list of the dead */
	struct eio_session  *next_slow;
	void                *upper;     /* what stands on the session: a Socket.IO client */
	struct eio_link     *ws, *get, *post, *probe;
	struct eio_outbox    out;
	struct eio_timer     beat;      /* the next ping, or the end of waiting for a pong */
	struct eio_timer     gate;      /* no CONNECT in time; later: closing takes too long */
	struct eio_timer     upgrade;
	enum eio_state       state;
	enum eio_transport   transport;
	bool                 plain;     /* Engine.IO without Socket.IO */
	bool                 probed;    /* the probe was answered: the client pauses its polling */
	bool                 slow;
	char                 sid[EIO_SID_CHARS + 1];
	char                 ip[ADDRESS_CHARS + 1];
};

/* What stands above. message and closed may end sessions; memory of a session stays valid until
 * the outermost eio_leave(). */
struct eio_upper {
	void (*opened)(struct eio_session *s);
	void (*message)(struct eio_session *s, bool binary, struct text bytes);
	void (*closed)(struct eio_session *s, const char *reason);
};

struct eio {
	const struct socketio_config *config;
	const struct eio_upper       *upper;
	void                         *owner;
	struct lws_context           *lws;
	struct eio_session          **buckets;
	size_t                        mask;
	struct eio_session           *dead, *slow;
	struct eio_timers             pings, pongs, connects, upgrades, closings;
	struct eio_msg               *ping, *bye;
	size_t                        rx_bytes;      /* held by all links together */
	size_t                        n_links;       /* websockets and waiting polls */
	size_t                        n_connections; /* of any kind, idle ones too */
	size_t                        max_connections;
	int                           depth;         /* of callbacks; the dead are freed at 0 */
	int                           watch_fd;      /* epoll: clients that hang up while polling */
	bool                          draining;
	atomic_size_t                 n_sessions;
	atomic_uint_fast64_t          cut_slow, refused;
};

void    eio_init(struct eio *e, const struct socketio_config *config, const struct eio_upper *upper,
    void *owner);
void    eio_free(struct eio *e);

/* Every callback of the outside brackets its work with these. */
void    eio_enter(struct eio *e);
void    eio_leave(struct eio *e);
void    eio_run_timers(struct eio *e);
int64_t eio_next_due(const struct eio *e);             /* INT64_MAX: nothing is set */
/* Refuses handshakes from now on and closes every session. */
void    eio_drain(struct eio *e);
void    eio_drop_all(struct eio *e);

/* 120 random bits. */
void    eio_make_sid(char out[EIO_SID_CHARS + 1]);
struct eio_session *eio_session_new(struct eio *e, enum eio_transport t, bool plain,
    const char *ip);
struct eio_session *eio_session_find(struct eio *e, struct text sid);
void    eio_session_open_packet(const struct eio_session *s, struct buf *to);
/* Queues, never fails; a session that does not read is cut at the next eio_leave(). */
void    eio_session_send(struct eio_session *s, struct eio_msg *m);
void    eio_session_packet(struct eio_session *s, const struct eio_packet *p);
/* Ends the session once what is queued has been read (a few seconds at most). */
void    eio_session_close(struct eio_session *s, const char *reason);
/* Ends it now; a waiting poll is answered `canned`. */
void    eio_session_drop(struct eio_session *s, const char *reason, enum eio_canned canned);
/* No CONNECT packet within the limit closes it; called again when the last socket was sent away. */
void    eio_session_expect_connect(struct eio_session *s);
void    eio_session_connected(struct eio_session *s);
/* A websocket asks to take over; false when one already has or is about to. */
bool    eio_session_probe(struct eio_session *s, struct eio_link *l) MUST_USE;
/* It proved that it works: the waiting poll is let go. Then it becomes the transport. */
void    eio_session_probed(struct eio_session *s);
void    eio_session_upgraded(struct eio_session *s);

/* Collects; false when max_payload_bytes or the memory for all links together is used up. */
bool    eio_rx_put(struct eio_link *l, const void *bytes, size_t len) MUST_USE;
void    eio_rx_free(struct eio_link *l);

/* eio_ws.c */
int     eio_ws_established(struct eio_link *l);
int     eio_ws_receive(struct eio_link *l, const void *bytes, size_t len);
int     eio_ws_writable(struct eio_link *l);
void    eio_ws_wake(struct eio_link *l);
void    eio_ws_doom(struct eio_link *l);
void    eio_ws_kill(struct eio_link *l);
/* eio_poll.c */
int     eio_poll_get(struct eio_link *l, struct eio_session *s);
int     eio_poll_post(struct eio_link *l, struct eio_session *s);
int     eio_poll_body(struct eio_link *l, const void *bytes, size_t len);
int     eio_poll_body_done(struct eio_link *l);
int     eio_poll_writable(struct eio_link *l);
void    eio_poll_wake(struct eio_link *l);
void    eio_poll_gone(struct eio_link *l);
void    eio_watch_service(struct eio *e);
/* eio_http.c */
int     eio_http_request(struct eio_link *l);
/* 0: go on with the websocket; -1: refused and answered. */
int     eio_http_upgrade(struct eio *e, struct lws *wsi);
/* eio_query.c: what a request says of itself. */
enum    { EIO_QUERY_CHARS = 64 };
struct eio_query { char at[EIO_QUERY_CHARS]; size_t len; };
struct text eio_query(struct lws *wsi, const char *name, struct eio_query *room);
bool    eio_path_is(struct lws *wsi, const char *path);
void    eio_peer_ip(const struct eio *e, struct lws *wsi, char out[ADDRESS_CHARS + 1]);
/* eio_reply.c: both return what the callback of libwebsockets has to return. */
int     eio_reply(struct lws *wsi, int status, const char *type, struct text body, bool close);
int     eio_reply_refusal(struct lws *wsi, enum eio_refusal why, bool close);
/* A link's connection is going. */
void    eio_link_gone(struct eio_link *l);
#endif
