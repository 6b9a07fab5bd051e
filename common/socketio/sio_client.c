/* What a client says: packets in, callbacks out. */
#include "common/socketio/sio.h"
#include "common/core/memory.h"
#include "common/core/text.h"
#include "common/socketio/sio_json.h"

#include <string.h>

/* Scratch that grew larger than this is given back after the packet. */
enum { SCRATCH_KEPT_BYTES = 65536 };

void
sio_scratch_reset(struct buf *b)
{
	if (b->cap > SCRATCH_KEPT_BYTES) {
		size_t max = b->max_bytes;

		buf_free(b);
		*b = buf_heap(max);
	}
	buf_reset(b);
}

void
sio_init(struct sio *s, struct eio *e, const struct socketio_config *config,
    const struct socketio_events *events)
{
	size_t n = 64;

	while (n < config->max_sockets && n < (size_t)1 << 20)
		n *= 2;
	memset(s, 0, sizeof(*s));
	s->config = config;
	s->events = events;
	s->eio = e;
	s->rooms_mask = n - 1;
	s->rooms = memory_zero(n, sizeof(struct sio_room *));
	SURE(s->rooms != NULL);
	s->name = buf_heap(config->max_payload_bytes);
	/* The brackets around the arguments are ours. */
	s->args = buf_heap(config->max_payload_bytes + 2);
	s->out = buf_heap(SIZE_MAX / 4);
}

void
sio_free(struct sio *s)
{
	buf_free(&s->name);
	buf_free(&s->args);
	buf_free(&s->out);
	memory_give(s->slots);
	memory_give(s->rooms);
}

static void
pending_free(struct sio_client *c)
{
	if (c->pending == NULL)
		return;
	for (size_t i = 0; i < c->pending->got; i++) {
		char *bytes;

		memcpy(&bytes, &c->pending->parts[i].at, sizeof(bytes));
		memory_give(bytes);
	}
	memory_give(c->pending);
	c->pending = NULL;
}

/* What cannot be understood ends the whole connection. */
static void
misuse(struct sio_client *c)
{
	eio_session_drop(c->session, "protocol error", EIO_SAY_CLOSE);
}

static const char *
namespace_of(const struct sio *s, struct text nsp)
{
	if (text_is(nsp, "/"))
		return "/";
	for (const char *const *n = s->config->namespaces; n != NULL && *n != NULL; n++)
		if (text_is(nsp, *n))
			return *n;
	return NULL;
}

static void
refuse_namespace(struct sio_client *c, struct text nsp)
{
	struct sio_packet p = { SIO_CONNECT_ERROR, 0, nsp, -1,
		TEXT("{\"message\":\"Invalid namespace\"}") };
	struct eio_msg   *m;

	sio_scratch_reset(&c->sio->out);
	buf_byte(&c->sio->out, '4');
	sio_packet_write(&c->sio->out, &p);
	m = eio_msg_new(false, buf_as_text(&c->sio->out));
	eio_session_send(c->session, m);
	eio_msg_drop(&m);
}

static void
ask_to_join(struct sio_client *c, const struct sio_packet *p)
{
	struct sio        *s = c->sio;
	const char        *nsp = namespace_of(s, p->nsp);
	struct sio_socket *k;

	if (nsp == NULL) {
		refuse_namespace(c, p->nsp);
		return;
	}
	eio_session_connected(c->session);
	k = sio_socket_new(c, nsp);
	sio_scratch_reset(&s->args);
	if (p->data.len > 0)
		sio_json_compact(&s->args, p->data);
	else
		buf_str(&s->args, "{}");
	s->events->connect(s->events->arg, k->id, text_of(nsp), buf_as_text(&s->args),
	    text_of(c->session->ip));
}

static void
tell_event(struct sio_socket *k, const struct sio_packet *p, const struct text *binary)
{
	struct sio           *s = k->client->sio;
	struct socketio_event ev;
	bool                  is_answer = p->type == SIO_ACK || p->type == SIO_BINARY_ACK;

	if (is_answer && (s->events->answer == NULL || p->ack_id < 0))
		return;
	sio_scratch_reset(&s->name);
	sio_scratch_reset(&s->args);
	if (is_answer)
		sio_json_compact(&s->args, p->data);
	else
		sio_event_split(p->data, &s->name, &s->args);
	ev = (struct socketio_event){ buf_as_text(&s->name), buf_as_text(&s->args), binary,
		p->n_binary, p->ack_id, text_of(k->nsp) };
	(is_answer ? s->events->answer : s->events->event)(s->events->arg, k->id, &ev);
}

static void
await_binary(struct sio_socket *k, const struct sio_packet *p)
{
	struct sio_pending *w = memory_take(sizeof(*w) + p->data.len);

	SURE(w != NULL);
	w->packet = *p;
	w->packet.nsp = text_of(k->nsp);
	w->packet.data.at = w->text;
	w->socket = k;
	w->got = 0;
	memcpy(w->text, p->data.at, p->data.len);
	k->client->pending = w;
}

static void
take_packet(struct sio_client *c, const struct sio_packet *p)
{
	struct sio_socket *k = sio_socket_in(c, p->nsp);

	if (p->type == SIO_CONNECT && k == NULL)
		ask_to_join(c, p);
	else if (k == NULL || !k->joined || p->type == SIO_CONNECT || p->type == SIO_CONNECT_ERROR)
		misuse(c);
	else if (p->type == SIO_DISCONNECT)
		sio_socket_end(k, "client namespace disconnect");
	else if (p->n_binary > 0)
		await_binary(k, p);
	else
		tell_event(k, p, NULL);
}

static void
take_binary(struct sio_client *c, struct text bytes)
{
	struct sio_pending *w = c->pending;
	char               *copy = memory_take(bytes.len + 1);

	SURE(copy != NULL);
	if (bytes.len > 0)
		memcpy(copy, bytes.at, bytes.len);
	w->parts[w->got++] = (struct text){ copy, bytes.len };
	if (w->got < w->packet.n_binary)
		return;
	if (w->socket != NULL)
		tell_event(w->socket, &w->packet, w->parts);
	pending_free(c);
}

static void
upper_message(struct eio_session *session, bool binary, struct text bytes)
{
	struct sio_client *c = session->upper;
	struct sio_packet  p;

	if (session->plain) {
		c->sio->events->plain_message(c->sio->events->arg, c->sockets->id, binary, bytes);
		return;
	}
	if (binary != (c->pending != NULL) || (!binary && !sio_packet_read(bytes, &p)))
		misuse(c);
	else if (binary)
		take_binary(c, bytes);
	else
		take_packet(c, &p);
}

static void
upper_opened(struct eio_session *session)
{
	struct sio_client *c = memory_zero(1, sizeof(*c));

	SURE(c != NULL);
	c->sio = session->eio->owner;
	c->session = session;
	session->upper = c;
	if (session->plain)
		(void)sio_socket_new(c, NULL);
}

static void
upper_closed(struct eio_session *session, const char *reason)
{
	struct sio_client *c = session->upper;

	while (c->sockets != NULL)
		sio_socket_end(c->sockets, session->plain ? NULL : reason);
	pending_free(c);
	memory_give(c);
	session->upper = NULL;
}

const struct eio_upper sio_upper = { upper_opened, upper_message, upper_closed };
