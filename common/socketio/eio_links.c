/* The engine itself, the bracket around callbacks, and what a link collects. */
#include "common/socketio/engineio.h"

#include <string.h>
#include "common/core/memory.h"

enum {
	RX_FIRST_BYTES = 1024,
	/* Half-received messages of all links together may hold this many full payloads. */
	RX_PAYLOADS = 64,
};

void
eio_init(struct eio *e, const struct socketio_config *config, const struct eio_upper *upper,
    void *owner)
{
	size_t n = 64;

	while (n < config->max_sockets && n < (size_t)1 << 20)
		n *= 2;
	memset(e, 0, sizeof(*e));
	e->config = config;
	e->upper = upper;
	e->owner = owner;
	e->mask = n - 1;
	e->watch_fd = -1;
	e->buckets = memory_zero(n, sizeof(struct eio_session *));
	SURE(e->buckets != NULL);
	e->ping = eio_msg_new(false, TEXT("2"));
	e->bye = eio_msg_new(false, TEXT("1"));
}

void
eio_free(struct eio *e)
{
	eio_msg_drop(&e->ping);
	eio_msg_drop(&e->bye);
	memory_give(e->buckets);
	e->buckets = NULL;
}

void
eio_enter(struct eio *e)
{
	e->depth++;
}

static void
cut_slow(struct eio *e)
{
	while (e->slow != NULL) {
		struct eio_session *s = e->slow;

		e->slow = s->next_slow;
		if (s->state == EIO_DEAD)
			continue;
		e->cut_slow++;
		eio_session_drop(s, "slow reader", EIO_SAY_CLOSE);
	}
}

void
eio_leave(struct eio *e)
{
	if (e->depth == 1) {
		cut_slow(e);
		while (e->dead != NULL) {
			struct eio_session *s = e->dead;

			e->dead = s->next;
			memory_give(s);
		}
	}
	e->depth--;
}

/* Doubles, so that a large message is copied few times; never past the largest message. */
static bool
rx_grow(struct eio_link *l, size_t need)
{
	size_t had = l->rx == NULL ? 0 : l->rx->cap, cap = had == 0 ? RX_FIRST_BYTES : had;
	size_t largest = l->eio->config->max_payload_bytes;
	struct eio_rx *rx;

	while (cap < need)
		cap *= 2;
	if (cap > largest)
		cap = largest;
	if (l->eio->rx_bytes - had + cap > largest * RX_PAYLOADS)
		return false;
	rx = memory_resize(l->rx, sizeof(*rx) + cap);
	SURE(rx != NULL);
	if (l->rx == NULL)
		rx->len = 0;
	l->rx = rx;
	rx->cap = cap;
	l->eio->rx_bytes += cap - had;
	return true;
}

bool
eio_rx_put(struct eio_link *l, const void *bytes, size_t len)
{
	size_t have = l->rx == NULL ? 0 : l->rx->len;

	if (len > l->eio->config->max_payload_bytes - have)
		return false;
	if ((l->rx == NULL || l->rx->cap < have + len) && !rx_grow(l, have + len))
		return false;
	if (len > 0)
		memcpy(l->rx->at + have, bytes, len);
	l->rx->len = have + len;
	return true;
}

void
eio_rx_free(struct eio_link *l)
{
	if (l->rx == NULL)
		return;
	l->eio->rx_bytes -= l->rx->cap;
	memory_give(l->rx);
	l->rx = NULL;
}

void
eio_link_gone(struct eio_link *l)
{
	struct eio_session *s = l->session;

	eio_rx_free(l);
	eio_poll_gone(l);
	l->session = NULL;
	if (s != NULL && l->role == EIO_PROBE) {
		s->probe = NULL;
		eio_timer_stop(&s->upgrade);
	} else if (s != NULL) {
		s->ws = s->ws == l ? NULL : s->ws;
		s->get = s->get == l ? NULL : s->get;
		s->post = s->post == l ? NULL : s->post;
		eio_session_drop(s, "transport close", EIO_SAY_CLOSE);
	}
	l->role = EIO_IDLE;
}
