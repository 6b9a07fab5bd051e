/* The calls that any thread may make: each becomes a command for the server's thread. */
#include "common/core/text.h"
#include "common/socketio/server.h"

#include <string.h>

/* Callers of this room are ours: a bad room or an argument that is no array is a bug. */
static void
check_array(struct text json)
{
	SURE(json.len >= 2 && json.at[0] == '[' && json.at[json.len - 1] == ']');
}

static struct text
checked_room(const char *room)
{
	struct text t = text_of(room);

	SURE(t.len > 0 && t.len <= SIO_ROOM_MAX);
	return t;
}

void
socketio_accept(struct socketio *s, socketio_id id)
{
	server_command(s, &(struct sio_command){ .kind = SIO_DO_ACCEPT, .id = id }, NULL);
}

void
socketio_refuse(struct socketio *s, socketio_id id, const char *message, struct text data_json)
{
	server_command(s, &(struct sio_command){ .kind = SIO_DO_REFUSE, .id = id,
	    .name = text_of(message), .json = data_json }, NULL);
}

void
socketio_join(struct socketio *s, socketio_id id, const char *room)
{
	server_command(s, &(struct sio_command){ .kind = SIO_DO_JOIN, .id = id,
	    .room = checked_room(room) }, NULL);
}

void
socketio_leave(struct socketio *s, socketio_id id, const char *room)
{
	server_command(s, &(struct sio_command){ .kind = SIO_DO_LEAVE, .id = id,
	    .room = checked_room(room) }, NULL);
}

void
socketio_emit(struct socketio *s, socketio_id id, const char *event, struct text args_json)
{
	socketio_emit_binary(s, id, event, args_json, NULL, 0);
}

void
socketio_emit_binary(struct socketio *s, socketio_id id, const char *event, struct text args_json,
    const struct text *binary, size_t n_binary)
{
	check_array(args_json);
	SURE(n_binary <= SIO_ATTACHMENTS_MAX);
	server_command(s, &(struct sio_command){ .kind = SIO_DO_EMIT, .id = id, .number = -1,
	    .name = text_of(event), .json = args_json, .n_binary = n_binary }, binary);
}

void
socketio_ask(struct socketio *s, socketio_id id, const char *event, int64_t ack_id,
    const struct socketio_args *args)
{
	check_array(args->json);
	SURE(ack_id >= 0 && args->n_binary <= SIO_ATTACHMENTS_MAX);
	server_command(s, &(struct sio_command){ .kind = SIO_DO_EMIT, .id = id, .number = ack_id,
	    .name = text_of(event), .json = args->json, .n_binary = args->n_binary }, args->binary);
}

void
socketio_emit_room(struct socketio *s, const char *nsp, const char *room, const char *event,
    struct text args_json)
{
	check_array(args_json);
	server_command(s, &(struct sio_command){ .kind = SIO_DO_EMIT_ROOM, .nsp = text_of(nsp),
	    .room = checked_room(room), .name = text_of(event), .json = args_json }, NULL);
}

void
socketio_ack(struct socketio *s, socketio_id id, int64_t ack_id, struct text args_json,
    const struct text *binary, size_t n_binary)
{
	check_array(args_json);
	SURE(ack_id >= 0 && n_binary <= SIO_ATTACHMENTS_MAX);
	server_command(s, &(struct sio_command){ .kind = SIO_DO_ACK, .id = id, .number = ack_id,
	    .json = args_json, .n_binary = n_binary }, binary);
}

void
socketio_disconnect(struct socketio *s, socketio_id id, bool close_connection)
{
	server_command(s, &(struct sio_command){ .kind = SIO_DO_DISCONNECT, .id = id,
	    .flag = close_connection }, NULL);
}

void
socketio_disconnect_room(struct socketio *s, const char *nsp, const char *room,
    bool close_connection)
{
	server_command(s, &(struct sio_command){ .kind = SIO_DO_DISCONNECT_ROOM,
	    .nsp = text_of(nsp), .room = checked_room(room), .flag = close_connection }, NULL);
}

void
socketio_send_plain(struct socketio *s, socketio_id id, bool binary, struct text bytes)
{
	server_command(s, &(struct sio_command){ .kind = SIO_DO_SEND_PLAIN, .id = id,
	    .flag = binary, .json = bytes }, NULL);
}

int
socketio_port(const struct socketio *s)
{
	return s->port;
}

struct socketio_stats
socketio_stats(const struct socketio *s)
{
	return (struct socketio_stats){ s->sio.n_sockets, s->eio.n_sessions, s->sio.emitted,
		s->eio.cut_slow, s->eio.refused, s->queue.dropped };
}
