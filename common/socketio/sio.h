/* Socket.IO on top of Engine.IO sessions: sockets, namespaces, rooms. Inside the room only, and on
 * the server's one thread. */
#ifndef SOCKETIO_SIO_H
#define SOCKETIO_SIO_H
#include "common/socketio/engineio.h"
#include "common/socketio/queue.h"
#include "common/socketio/sio_packet.h"

enum { SIO_ROOM_MAX = 63, SIO_ROOMS_PER_SOCKET = 8 };

struct sio;
struct sio_room;
struct sio_socket;

/* A socket's place in a room. */
struct sio_member {
	struct sio_room   *room;
	struct sio_socket *socket;
	struct sio_member *prev, *next;     /* in the room */
	struct sio_member *also;            /* the socket's further rooms */
};

/* One client in one namespace, asking (not yet accepted) or joined. */
struct sio_socket {
	socketio_id         id;
	struct sio_client  *client;
	struct sio_socket  *next;           /* the client's further namespaces */
	struct sio_member  *rooms;
	const char         *nsp;            /* NULL for a plain Engine.IO session */
	bool                joined;
};

/* A packet whose binary parts are still coming. */
struct sio_pending {
	struct sio_packet  packet;
	struct sio_socket *socket;
	size_t             got;
	struct text        parts[SIO_ATTACHMENTS_MAX];
	char               text[];          /* what packet points into */
};

/* What stands on an Engine.IO session. */
struct sio_client {
	struct sio         *sio;
	struct eio_session *session;
	struct sio_socket  *sockets;
	struct sio_pending *pending;
};

struct sio {
	const struct socketio_config *config;
	const struct socketio_events *events;
	struct eio                   *eio;
	struct sio_socket           **slots;        /* by the low bits of an id */
	size_t                        n_slots, free_slot;
	uint64_t                      next_serial;
	struct sio_room             **rooms;
	size_t                        rooms_mask;
	struct buf                    name, args, out;  /* reused from packet to packet */
	atomic_size_t                 n_sockets;
	atomic_uint_fast64_t          emitted;
};

void sio_init(struct sio *s, struct eio *e, const struct socketio_config *config,
    const struct socketio_events *events);
void sio_free(struct sio *s);
/* Empty again; what grew large is given back. */
void sio_scratch_reset(struct buf *b);

/* For eio_init(); eio.owner is the struct sio. */
extern const struct eio_upper sio_upper;

/* sio_socket.c */
struct sio_socket *sio_socket_new(struct sio_client *c, const char *nsp);
/* NULL when it has gone. */
struct sio_socket *sio_socket_find(const struct sio *s, socketio_id id);
struct sio_socket *sio_socket_in(const struct sio_client *c, struct text nsp);
/* Takes it out of its rooms and its client and tells the owner; reason NULL tells nobody. */
void               sio_socket_end(struct sio_socket *k, const char *reason);

/* sio_room.c */
void               sio_room_join(struct sio *s, struct sio_socket *k, struct text room);
void               sio_room_leave(struct sio *s, struct sio_socket *k, struct text room);
void               sio_room_leave_all(struct sio *s, struct sio_socket *k);
/* The first member, NULL when there is no such room. */
struct sio_member *sio_room_members(const struct sio *s, struct text nsp, struct text room);

/* sio_emit.c: carries out a command of the queue, except SIO_DO_CLOSE. */
void               sio_do(struct sio *s, const struct sio_command *c);
#endif
