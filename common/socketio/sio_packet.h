/* The bytes of Socket.IO 5 packets: <type>[<n>-][<nsp>,][<ack id>][<json>]. No sockets here. */
#ifndef SOCKETIO_SIO_PACKET_H
#define SOCKETIO_SIO_PACKET_H
#include "common/core/base.h"
#include "common/core/buf.h"

enum sio_type {
	SIO_CONNECT, SIO_DISCONNECT, SIO_EVENT, SIO_ACK, SIO_CONNECT_ERROR, SIO_BINARY_EVENT,
	SIO_BINARY_ACK
};

enum {
	SIO_ATTACHMENTS_MAX = 10,       /* as the reference parser */
	SIO_NSP_MAX = 255,              /* bytes of a namespace's name */
};
#define SIO_ACK_ID_MAX ((int64_t)1 << 53)    /* what a JavaScript number counts exactly */

struct sio_packet {
	enum sio_type type;
	unsigned      n_binary;     /* how many binary messages follow */
	struct text   nsp;          /* "/" when the packet names none */
	int64_t       ack_id;       /* -1: none */
	struct text   data;         /* JSON, empty when there is none */
};

/* Reads and checks a packet as a server receives it. Borrows from raw. */
bool sio_packet_read(struct text raw, struct sio_packet *out) MUST_USE;
void sio_packet_write(struct buf *to, const struct sio_packet *p);

/* Parts an EVENT's data: the name in plain text, the rest as a compact array. */
void sio_event_split(struct text data, struct buf *name, struct buf *args);
/* Joins them again: "x" and "[1,2]" make ["x",1,2]. */
void sio_event_join(struct buf *to, struct text name, struct text args_json);
#endif
