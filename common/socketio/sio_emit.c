/* What the owner wants: commands of the queue, carried out on the server's thread. */
#include "common/socketio/sio.h"
#include "common/core/text.h"
#include "common/socketio/sio_json.h"

/* The packet under way: its head stands in sio.out, the rest of the JSON is put behind it. */
static struct buf *
packet_begin(struct sio *s, enum sio_type type, unsigned n_binary, struct text nsp, int64_t ack_id)
{
	sio_scratch_reset(&s->out);
	buf_byte(&s->out, '4');
	sio_packet_write(&s->out, &(struct sio_packet){ type, n_binary, nsp, ack_id, TEXT("") });
	return &s->out;
}

static struct eio_msg *
packet_end(struct sio *s)
{
	return eio_msg_new(false, buf_as_text(&s->out));
}

static void
send_one(struct sio *s, struct sio_socket *k, struct eio_msg *m)
{
	s->emitted++;
	eio_session_send(k->client->session, m);
}

/* A packet and its binary parts, to one socket. */
static void
send_packet(struct sio *s, struct sio_socket *k, const struct sio_command *c)
{
	struct eio_msg *m = packet_end(s);

	send_one(s, k, m);
	eio_msg_drop(&m);
	for (size_t i = 0; i < c->n_binary; i++) {
		m = eio_msg_new(true, c->binary[i]);
		eio_session_send(k->client->session, m);
		eio_msg_drop(&m);
	}
}

static void
do_accept(struct sio *s, struct sio_socket *k, const struct sio_command *c)
{
	char sid[EIO_SID_CHARS + 1];

	if (k->joined)
		return;
	eio_make_sid(sid);
	k->joined = true;
	s->n_sockets++;
	buf_printf(packet_begin(s, SIO_CONNECT, 0, text_of(k->nsp), -1), "{\"sid\":\"%s\"}", sid);
	send_packet(s, k, c);
}

/* A connection without sockets may not stay for ever. */
static void
expect_another(struct sio_client *c)
{
	if (c->sockets == NULL)
		eio_session_expect_connect(c->session);
}

static void
do_refuse(struct sio *s, struct sio_socket *k, const struct sio_command *c)
{
	struct sio_client *client = k->client;
	struct buf        *out;

	if (k->joined)
		return;
	out = packet_begin(s, SIO_CONNECT_ERROR, 0, text_of(k->nsp), -1);
	buf_str(out, "{\"message\":");
	sio_json_quote(out, c->name);
	if (c->json.len > 0) {
		buf_str(out, ",\"data\":");
		buf_text(out, c->json);
	}
	buf_byte(out, '}');
	send_packet(s, k, c);
	sio_socket_end(k, NULL);
	expect_another(client);
}

static void
do_emit(struct sio *s, struct sio_socket *k, const struct sio_command *c)
{
	struct buf *out;

	if (!k->joined)
		return;
	out = packet_begin(s, c->n_binary > 0 ? SIO_BINARY_EVENT : SIO_EVENT, (unsigned)c->n_binary,
	    text_of(k->nsp), c->number);
	sio_event_join(out, c->name, c->json);
	send_packet(s, k, c);
}

static void
do_ack(struct sio *s, struct sio_socket *k, const struct sio_command *c)
{
	struct buf *out;

	if (!k->joined)
		return;
	out = packet_begin(s, c->n_binary > 0 ? SIO_BINARY_ACK : SIO_ACK, (unsigned)c->n_binary,
	    text_of(k->nsp), c->number);
	buf_text(out, c->json);
	send_packet(s, k, c);
}

/* Written once; every member's queue holds the same bytes. */
static void
do_emit_room(struct sio *s, const struct sio_command *c)
{
	struct sio_member *m = sio_room_members(s, c->nsp, c->room);
	struct eio_msg    *msg;

	if (m == NULL)
		return;
	sio_event_join(packet_begin(s, SIO_EVENT, 0, c->nsp, -1), c->name, c->json);
	msg = packet_end(s);
	for (; m != NULL; m = m->next)
		if (m->socket->joined)
			send_one(s, m->socket, msg);
	eio_msg_drop(&msg);
}

static void
disconnect_one(struct sio *s, struct sio_socket *k, const struct sio_command *c)
{
	static const char  reason[] = "server namespace disconnect";
	struct sio_client *client = k->client;

	(void)packet_begin(s, SIO_DISCONNECT, 0, text_of(k->nsp), -1);
	send_packet(s, k, c);
	sio_socket_end(k, reason);
	if (c->flag)
		eio_session_close(client->session, reason);
	else
		expect_another(client);
}

/* Each one that is sent away leaves the room, the last one ends it. */
static void
do_disconnect_room(struct sio *s, const struct sio_command *c)
{
	struct sio_member *m;

	while ((m = sio_room_members(s, c->nsp, c->room)) != NULL)
		disconnect_one(s, m->socket, c);
}

static void
do_send_plain(struct sio_socket *k, const struct sio_command *c)
{
	struct buf      text = buf_heap(c->json.len + 1);
	struct eio_msg *m;

	if (!c->flag)
		buf_byte(&text, '4');
	buf_text(&text, c->json);
	m = eio_msg_new(c->flag, buf_as_text(&text));
	eio_session_send(k->client->session, m);
	eio_msg_drop(&m);
	buf_free(&text);
}

static void
do_to_socket(struct sio *s, struct sio_socket *k, const struct sio_command *c)
{
	switch (c->kind) {
	case SIO_DO_ACCEPT:     do_accept(s, k, c); break;
	case SIO_DO_REFUSE:     do_refuse(s, k, c); break;
	case SIO_DO_JOIN:       sio_room_join(s, k, c->room); break;
	case SIO_DO_LEAVE:      sio_room_leave(s, k, c->room); break;
	case SIO_DO_EMIT:       do_emit(s, k, c); break;
	case SIO_DO_ACK:        do_ack(s, k, c); break;
	case SIO_DO_DISCONNECT: disconnect_one(s, k, c); break;
	case SIO_DO_EMIT_ROOM:
	case SIO_DO_DISCONNECT_ROOM:
	case SIO_DO_SEND_PLAIN:
	case SIO_DO_CLOSE:
		UNREACHED("not a command for one socket");
	}
}

void
sio_do(struct sio *s, const struct sio_command *c)
{
	struct sio_socket *k;

	if (c->kind == SIO_DO_EMIT_ROOM) {
		do_emit_room(s, c);
		return;
	}
	if (c->kind == SIO_DO_DISCONNECT_ROOM) {
		do_disconnect_room(s, c);
		return;
	}
	k = sio_socket_find(s, c->id);
	if (k == NULL)
		return;         /* it has gone meanwhile */
	if (k->nsp != NULL)
		do_to_socket(s, k, c);
	else if (c->kind == SIO_DO_SEND_PLAIN)
		do_send_plain(k, c);
}
