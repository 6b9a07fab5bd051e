/* Sockets by number. A number is a serial above a slot, so that finding one is an index and a
 * number is never used twice. */
#include "common/socketio/sio.h"
#include "common/core/memory.h"
#include "common/core/text.h"

#include <string.h>

enum { SLOT_BITS = 24, FIRST_SLOTS = 64 };

/* Slots in use point to sockets; the search starts where the last one was freed or found. */
static size_t
free_slot(struct sio *s)
{
	size_t had = s->n_slots;

	for (size_t i = 0; i < had; i++) {
		size_t slot = (s->free_slot + i) % had;

		if (s->slots[slot] == NULL) {
			s->free_slot = slot + 1;
			return slot;
		}
	}
	s->n_slots = had == 0 ? FIRST_SLOTS : had * 2;
	SURE(s->n_slots <= (size_t)1 << SLOT_BITS);
	s->slots = memory_resize(s->slots, s->n_slots * sizeof(struct sio_socket *));
	SURE(s->slots != NULL);
	memset(s->slots + had, 0, (s->n_slots - had) * sizeof(struct sio_socket *));
	s->free_slot = had + 1;
	return had;
}

struct sio_socket *
sio_socket_new(struct sio_client *c, const char *nsp)
{
	struct sio        *s = c->sio;
	struct sio_socket *k = memory_zero(1, sizeof(*k));
	size_t             slot = free_slot(s);

	SURE(k != NULL);
	k->id = ++s->next_serial << SLOT_BITS | slot;
	k->client = c;
	k->nsp = nsp;
	k->next = c->sockets;
	c->sockets = k;
	s->slots[slot] = k;
	return k;
}

struct sio_socket *
sio_socket_find(const struct sio *s, socketio_id id)
{
	size_t             slot = id & (((size_t)1 << SLOT_BITS) - 1);
	struct sio_socket *k = slot < s->n_slots ? s->slots[slot] : NULL;

	return k != NULL && k->id == id ? k : NULL;
}

struct sio_socket *
sio_socket_in(const struct sio_client *c, struct text nsp)
{
	struct sio_socket *k;

	for (k = c->sockets; k != NULL; k = k->next)
		if (k->nsp != NULL && text_is(nsp, k->nsp))
			return k;
	return NULL;
}

void
sio_socket_end(struct sio_socket *k, const char *reason)
{
	struct sio         *s = k->client->sio;
	struct sio_socket **at = &k->client->sockets;
	size_t              slot = k->id & (((size_t)1 << SLOT_BITS) - 1);

	sio_room_leave_all(s, k);
	if (k->client->pending != NULL && k->client->pending->socket == k)
		k->client->pending->socket = NULL;
	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	s->slots[slot] = NULL;
	s->free_slot = slot;
	if (k->joined)
		s->n_sockets--;
	if (reason != NULL)
		s->events->disconnect(s->events->arg, k->id, reason);
	memory_give(k);
}
