/* Commands from any thread to the server's thread: bounded, copied, never blocking for long. */
#ifndef SOCKETIO_QUEUE_H
#define SOCKETIO_QUEUE_H
#include "common/socketio/socketio.h"

#include <pthread.h>
#include <stdatomic.h>

enum sio_command_kind {
	SIO_DO_ACCEPT, SIO_DO_REFUSE, SIO_DO_JOIN, SIO_DO_LEAVE, SIO_DO_EMIT, SIO_DO_EMIT_ROOM,
	SIO_DO_ACK, SIO_DO_DISCONNECT, SIO_DO_DISCONNECT_ROOM, SIO_DO_SEND_PLAIN, SIO_DO_CLOSE
};

/* Texts point behind the struct, into the same allocation. */
struct sio_command {
	struct sio_command   *next;
	enum sio_command_kind kind;
	bool                  flag;         /* close the connection; binary */
	socketio_id           id;
	int64_t               number;       /* an ack id, −1 for none; the grace in ms */
	struct text           nsp, room, name, json;
	size_t                n_binary;
	struct text           binary[];
};

struct sio_queue {
	pthread_mutex_t     lock;
	struct sio_command *first, *last;
	size_t              bytes;
	bool                woken;          /* the server was told and has not looked yet */
	atomic_uint_fast64_t dropped;
};

void sio_queue_init(struct sio_queue *q);
void sio_queue_free(struct sio_queue *q);
/* Copies head and binary parts. *wake tells that the server has to be woken. When the queue is full
 * what carries data is dropped and counted; what opens and closes has more room. */
void sio_queue_put(struct sio_queue *q, const struct sio_command *head, const struct text *binary,
    bool *wake);
/* All of it, first to last; the caller frees each. */
struct sio_command *sio_queue_take(struct sio_queue *q);
#endif
