/* The server's thread at work: events of libwebsockets, commands of other threads, the timer. */
#include "common/core/clock.h"
#include "common/core/memory.h"
#include "common/socketio/loop.h"

#include <strings.h>

/* How often a closing server looks whether everybody has gone. */
enum { STOP_LOOK_US = 10000 };

static struct socketio *
server_of(struct lws *wsi)
{
	struct eio *e = lws_context_user(lws_get_context(wsi));
	struct sio *sio = e->owner;

	return (struct socketio *)(void *)((char *)sio - offsetof(struct socketio, sio));
}

void
server_wake(struct socketio *s)
{
	lws_cancel_service(s->eio.lws);
}

void
server_command(struct socketio *s, const struct sio_command *c, const struct text *binary)
{
	bool wake;

	sio_queue_put(&s->queue, c, binary, &wake);
	if (wake)
		server_wake(s);
}

static void
look_whether_gone(struct socketio *s)
{
	if (s->stopping && ((s->eio.n_sessions == 0 && s->eio.n_links == 0) ||
	    clock_mono_us() >= s->stop_at_us))
		uv_stop(&s->loop->uv);
}

static void timer_cb(lws_sorted_usec_list_t *sul);

/* Sets the one timer to whatever is due first. */
static void
set_timer(struct socketio *s)
{
	int64_t due = eio_next_due(&s->eio), now = clock_mono_us();

	if (s->stopping && due > now + STOP_LOOK_US)
		due = now + STOP_LOOK_US;
	if (due == INT64_MAX || (s->loop->timer_us != 0 && s->loop->timer_us <= due))
		return;
	s->loop->timer_us = due;
	lws_sul_schedule(s->eio.lws, 0, &s->loop->timer, timer_cb, due > now ? due - now : 1);
}

static void
leave(struct socketio *s)
{
	eio_leave(&s->eio);
	if (s->eio.depth == 0 && !s->loop->ending)
		set_timer(s);
}

static void
timer_cb(lws_sorted_usec_list_t *sul)
{
	struct loop     *loop = lws_container_of(sul, struct loop, timer);
	struct socketio *s = loop->uv.data;

	eio_enter(&s->eio);
	loop->timer_us = 0;
	eio_run_timers(&s->eio);
	look_whether_gone(s);
	leave(s);
}

void
loop_watch(uv_poll_t *watch, int status, int events)
{
	struct socketio *s = watch->loop->data;

	(void)events;
	if (status < 0)
		return;
	eio_enter(&s->eio);
	eio_watch_service(&s->eio);
	leave(s);
	/* libwebsockets looks at its timers only after an event of its own. */
	server_wake(s);
}

static void
do_close(struct socketio *s, const struct sio_command *c)
{
	s->stopping = true;
	s->stop_at_us = clock_mono_us() + c->number * 1000;
	eio_drain(&s->eio);
	look_whether_gone(s);
}

static void
take_commands(struct socketio *s)
{
	struct sio_command *next;

	for (struct sio_command *c = sio_queue_take(&s->queue); c != NULL; c = next) {
		next = c->next;
		if (c->kind == SIO_DO_CLOSE)
			do_close(s, c);
		else
			sio_do(&s->sio, c);
		memory_give(c);
	}
}

static struct eio_link *
link_of(struct socketio *s, struct lws *wsi, void *user)
{
	struct eio_link *l = user;

	if (l != NULL) {
		l->eio = &s->eio;
		l->wsi = wsi;
	}
	return l;
}

/* -1 hangs up. */
static int
on_link(struct eio_link *l, enum lws_callback_reasons why, void *in, size_t len)
{
	switch ((int)why) {
	case LWS_CALLBACK_HTTP:                 return eio_http_request(l);
	case LWS_CALLBACK_HTTP_BODY:            return eio_poll_body(l, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION: return eio_poll_body_done(l);
	case LWS_CALLBACK_HTTP_WRITEABLE:       return eio_poll_writable(l);
	case LWS_CALLBACK_ESTABLISHED:          return eio_ws_established(l);
	case LWS_CALLBACK_RECEIVE:              return eio_ws_receive(l, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:     return eio_ws_writable(l);
	case LWS_CALLBACK_CLOSED:
		/* Only now is the closing handshake over, so a stopping server waits for it. */
		if (l->eio->n_links > 0)
			l->eio->n_links--;
		eio_link_gone(l);
		return 0;
	default:
		eio_link_gone(l);
		return 0;
	}
}

static int
on_connection(struct socketio *s, struct lws *wsi, enum lws_callback_reasons why, const char *in)
{
	switch ((int)why) {
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		return s->eio.n_connections >= s->eio.max_connections ? -1 : 0;
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		s->eio.n_connections++;
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (s->eio.n_connections > 0)
			s->eio.n_connections--;
		return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		/* HTTP/2 would need answers of another shape; nobody here asks for it. */
		return strcasecmp(in, "websocket") != 0 ? -1 : eio_http_upgrade(&s->eio, wsi);
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		take_commands(s);
		return 0;
	default:
		return -1;
	}
}

int
loop_callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len)
{
	struct socketio *s = server_of(wsi);
	struct eio_link *l;
	int              n = 0;

	if (s->eio.lws == NULL)
		return 0;       /* the context is being made or unmade */
	eio_enter(&s->eio);
	switch ((int)why) {
	case LWS_CALLBACK_HTTP:
	case LWS_CALLBACK_HTTP_BODY:
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
	case LWS_CALLBACK_HTTP_WRITEABLE:
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_CLOSED:
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
		l = link_of(s, wsi, user);
		n = l == NULL ? 0 : on_link(l, why, in, len);
		break;
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
	case LWS_CALLBACK_WSI_DESTROY:
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
	case LWS_CALLBACK_RAW_ADOPT:
	case LWS_CALLBACK_RAW_RX:
		n = on_connection(s, wsi, why, in);
		break;
	default:
		break;
	}
	leave(s);
	return n;
}
