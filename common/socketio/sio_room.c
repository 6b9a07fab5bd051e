/* Rooms: who hears what is said in one. A room exists while somebody is in it. */
#include "common/socketio/sio.h"
#include "common/core/memory.h"
#include "common/core/text.h"

#include <string.h>

struct sio_room {
	struct sio_room   *next;            /* in its bucket */
	struct sio_member *first;
	const char        *nsp;
	size_t             len;
	char               name[];
};

static struct sio_room **
bucket_of(const struct sio *s, struct text nsp, struct text name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < nsp.len; i++)
		h = (h ^ (uint8_t)nsp.at[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (uint8_t)name.at[i]) * UINT64_C(0x100000001b3);
	return &s->rooms[(size_t)(h ^ h >> 32) & s->rooms_mask];
}

static struct text
name_of(const struct sio_room *r)
{
	return (struct text){ r->name, r->len };
}

static struct sio_room *
room_find(const struct sio *s, struct text nsp, struct text name)
{
	struct sio_room *r;

	for (r = *bucket_of(s, nsp, name); r != NULL; r = r->next)
		if (text_is(nsp, r->nsp) && text_eq(name_of(r), name))
			return r;
	return NULL;
}

static struct sio_room *
room_new(struct sio *s, const char *nsp, struct text name)
{
	struct sio_room **bucket = bucket_of(s, text_of(nsp), name);
	struct sio_room  *r = memory_take(sizeof(*r) + name.len);

	SURE(r != NULL);
	*r = (struct sio_room){ *bucket, NULL, nsp, name.len };
	memcpy(r->name, name.at, name.len);
	*bucket = r;
	return r;
}

static void
room_end(struct sio *s, struct sio_room *r)
{
	struct sio_room **at = bucket_of(s, text_of(r->nsp), name_of(r));

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	memory_give(r);
}

/* The socket's own link to its place in a room; what it points to is NULL when it is not there. */
static struct sio_member **
place_of(struct sio_socket *k, struct text room, size_t *n_rooms)
{
	struct sio_member **at = &k->rooms;

	for (*n_rooms = 0; *at != NULL && !text_eq(name_of((*at)->room), room); at = &(*at)->also)
		(*n_rooms)++;
	return at;
}

void
sio_room_join(struct sio *s, struct sio_socket *k, struct text room)
{
	size_t              n;
	struct sio_member **place = place_of(k, room, &n), *m;
	struct sio_room    *r;

	if (*place != NULL || n == SIO_ROOMS_PER_SOCKET)
		return;
	r = room_find(s, text_of(k->nsp), room);
	if (r == NULL)
		r = room_new(s, k->nsp, room);
	m = memory_take(sizeof(*m));
	SURE(m != NULL);
	*m = (struct sio_member){ r, k, NULL, r->first, NULL };
	if (r->first != NULL)
		r->first->prev = m;
	r->first = m;
	*place = m;
}

static void
leave(struct sio *s, struct sio_member **place)
{
	struct sio_member *m = *place;

	*place = m->also;
	*(m->prev != NULL ? &m->prev->next : &m->room->first) = m->next;
	if (m->next != NULL)
		m->next->prev = m->prev;
	if (m->room->first == NULL)
		room_end(s, m->room);
	memory_give(m);
}

void
sio_room_leave(struct sio *s, struct sio_socket *k, struct text room)
{
	size_t              n;
	struct sio_member **place = place_of(k, room, &n);

	if (*place != NULL)
		leave(s, place);
}

void
sio_room_leave_all(struct sio *s, struct sio_socket *k)
{
	while (k->rooms != NULL)
		leave(s, &k->rooms);
}

struct sio_member *
sio_room_members(const struct sio *s, struct text nsp, struct text room)
{
	struct sio_room *r = room_find(s, nsp, room);

	return r == NULL ? NULL : r->first;
}
