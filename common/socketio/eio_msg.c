/* Outgoing messages and the queue of a session. */
#include "common/socketio/eio_msg.h"

#include <string.h>
#include "common/core/memory.h"

struct eio_slot { struct eio_slot *next; struct eio_msg *msg; };

/* A slot and its share of the allocator; what an empty message still costs. */
enum { SLOT_BYTES = 64 };

struct eio_msg *
eio_msg_new(bool binary, struct text bytes)
{
	struct eio_msg *m = memory_take(sizeof(*m) + EIO_HEADROOM + bytes.len);

	SURE(m != NULL);
	m->refs = 1;
	m->binary = binary;
	m->len = bytes.len;
	if (bytes.len > 0)
		memcpy(m->room + EIO_HEADROOM, bytes.at, bytes.len);
	return m;
}

struct text
eio_msg_text(const struct eio_msg *m)
{
	return (struct text){ m->room + EIO_HEADROOM, m->len };
}

void
eio_msg_drop(struct eio_msg **m)
{
	if (--(*m)->refs == 0)
		memory_give(*m);
	*m = NULL;
}

void
eio_outbox_push(struct eio_outbox *o, struct eio_msg *m)
{
	struct eio_slot *slot = memory_take(sizeof(*slot));

	SURE(slot != NULL);
	*slot = (struct eio_slot){ NULL, m };
	m->refs++;
	if (o->last != NULL)
		o->last->next = slot;
	else
		o->first = slot;
	o->last = slot;
	o->bytes += m->len + SLOT_BYTES;
}

struct eio_msg *
eio_outbox_first(const struct eio_outbox *o)
{
	return o->first == NULL ? NULL : o->first->msg;
}

bool
eio_outbox_has_one(const struct eio_outbox *o)
{
	return o->first != NULL && o->first == o->last;
}

void
eio_outbox_pop(struct eio_outbox *o)
{
	struct eio_slot *slot = o->first;

	o->bytes -= slot->msg->len + SLOT_BYTES;
	o->first = slot->next;
	if (o->first == NULL)
		o->last = NULL;
	eio_msg_drop(&slot->msg);
	memory_give(slot);
}

void
eio_outbox_clear(struct eio_outbox *o)
{
	while (o->first != NULL)
		eio_outbox_pop(o);
}
