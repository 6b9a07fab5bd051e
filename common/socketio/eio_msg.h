/* Outgoing messages: written once, shared by all who shall receive them, queued per session. */
#ifndef SOCKETIO_EIO_MSG_H
#define SOCKETIO_EIO_MSG_H
#include "common/core/base.h"

/* Free bytes in front of each message: the websocket frame's head is written there (LWS_PRE). A
 * server's frames are not masked, so the head is the same for every receiver. */
enum { EIO_HEADROOM = 16 };

/* Owned by the one thread of the server, so the count needs no atomics. */
struct eio_msg {
	unsigned refs;
	bool     binary;
	size_t   len;
	char     room[];            /* EIO_HEADROOM, then len bytes */
};

/* Copies; the caller holds the one reference. Text includes its type digit, binary stands bare. */
struct eio_msg *eio_msg_new(bool binary, struct text bytes);
struct text     eio_msg_text(const struct eio_msg *m);
void            eio_msg_drop(struct eio_msg **m);

struct eio_slot;
struct eio_outbox {
	struct eio_slot *first, *last;
	size_t           bytes;     /* with what a slot costs, so that many tiny ones count too */
};
void            eio_outbox_push(struct eio_outbox *o, struct eio_msg *m);  /* takes a reference */
struct eio_msg *eio_outbox_first(const struct eio_outbox *o);                  /* NULL when empty */
bool            eio_outbox_has_one(const struct eio_outbox *o);                 /* one and no more */
void            eio_outbox_pop(struct eio_outbox *o);
void            eio_outbox_clear(struct eio_outbox *o);
#endif
