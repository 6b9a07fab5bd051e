/* The server's loop: libuv with libwebsockets on it. Inside the room only. */
#ifndef SOCKETIO_LOOP_H
#define SOCKETIO_LOOP_H
#include "common/socketio/eio_lws.h"
#include "common/socketio/listen.h"
#include "common/socketio/server.h"

#include <uv.h>

enum { LISTENS_MAX = 8 };

struct loop {
	uv_loop_t              uv;
	uv_poll_t              watch;       /* on eio.watch_fd */
	struct lws_context    *lws;         /* cleared by libwebsockets when it is done with it */
	lws_sorted_usec_list_t timer;
	int64_t                timer_us;    /* what it is set to; 0: not set */
	bool                   ending;      /* the context is being unmade: set no timer any more */
	lws_retry_bo_t         no_retry;
	struct lws_protocols   protocols[2];
	/* libwebsockets keeps pointers to the hosts. */
	struct listen_address  listens[LISTENS_MAX];
	size_t                 n_listens;
};

int  loop_callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in,
    size_t len);
void loop_watch(uv_poll_t *watch, int status, int events);
#endif
