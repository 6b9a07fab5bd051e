/* The server object: its thread, its loop, its listening sockets. Inside the room only. */
#ifndef SOCKETIO_SERVER_H
#define SOCKETIO_SERVER_H
#include "common/socketio/sio.h"

struct socketio {
	struct eio       eio;
	struct sio       sio;
	struct sio_queue queue;
	pthread_t        thread;
	int              port;
	bool             stopping;
	int64_t          stop_at_us;    /* the end of the grace period */
	struct loop     *loop;          /* server.c */
};

/* api.c puts, server.c takes. */
void server_command(struct socketio *s, const struct sio_command *c, const struct text *binary);
void server_wake(struct socketio *s);
#endif
