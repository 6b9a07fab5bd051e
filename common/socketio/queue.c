/* Commands from any thread to the server's thread. */
#include "common/socketio/queue.h"

#include <string.h>
#include "common/core/memory.h"

enum {
	QUEUE_BYTES = 64 << 20,
	/* Answers and farewells are small and must not be lost; only a bug reaches this. */
	QUEUE_BYTES_FAREWELLS = 128 << 20,
};

void
sio_queue_init(struct sio_queue *q)
{
	memset(q, 0, sizeof(*q));
	SURE(pthread_mutex_init(&q->lock, NULL) == 0);
}

void
sio_queue_free(struct sio_queue *q)
{
	for (struct sio_command *c = sio_queue_take(q), *next; c != NULL; c = next) {
		next = c->next;
		memory_give(c);
	}
	SURE(pthread_mutex_destroy(&q->lock) == 0);
}

static size_t
command_bytes(const struct sio_command *c, const struct text *binary)
{
	size_t n = sizeof(*c) + c->nsp.len + c->room.len + c->name.len + c->json.len;

	for (size_t i = 0; i < c->n_binary; i++)
		n += sizeof(*binary) + binary[i].len;
	return n;
}

static struct text
move_text(struct text t, char **to)
{
	struct text moved = { *to, t.len };

	if (t.len > 0)
		memcpy(*to, t.at, t.len);
	*to += t.len;
	return moved;
}

static struct sio_command *
command_copy(const struct sio_command *head, const struct text *binary, size_t bytes)
{
	struct sio_command *c = memory_take(bytes);
	char               *to;

	SURE(c != NULL);
	memcpy(c, head, sizeof(*c));
	to = (char *)(c->binary + c->n_binary);
	c->next = NULL;
	c->nsp = move_text(head->nsp, &to);
	c->room = move_text(head->room, &to);
	c->name = move_text(head->name, &to);
	c->json = move_text(head->json, &to);
	for (size_t i = 0; i < c->n_binary; i++)
		c->binary[i] = move_text(binary[i], &to);
	return c;
}

static bool
carries_data(enum sio_command_kind kind)
{
	return kind == SIO_DO_EMIT || kind == SIO_DO_EMIT_ROOM || kind == SIO_DO_ACK ||
	    kind == SIO_DO_SEND_PLAIN;
}

void
sio_queue_put(struct sio_queue *q, const struct sio_command *head, const struct text *binary,
    bool *wake)
{
	size_t              bytes = command_bytes(head, binary);
	size_t              limit = carries_data(head->kind) ? QUEUE_BYTES : QUEUE_BYTES_FAREWELLS;
	struct sio_command *c = command_copy(head, binary, bytes);

	*wake = false;
	pthread_mutex_lock(&q->lock);
	if (bytes > limit || q->bytes > limit - bytes)
		q->dropped++;
	else {
		*(q->last != NULL ? &q->last->next : &q->first) = c;
		q->last = c;
		q->bytes += bytes;
		*wake = !q->woken;
		q->woken = true;
		c = NULL;
	}
	pthread_mutex_unlock(&q->lock);
	memory_give(c);
}

struct sio_command *
sio_queue_take(struct sio_queue *q)
{
	struct sio_command *all;

	pthread_mutex_lock(&q->lock);
	all = q->first;
	q->first = q->last = NULL;
	q->bytes = 0;
	q->woken = false;
	pthread_mutex_unlock(&q->lock);
	return all;
}
