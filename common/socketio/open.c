/* Making and unmaking the server.
 *
 * The loop is ours and not the one libwebsockets would make, because that one installs handlers for
 * SIGINT, SIGTERM and SIGSEGV in the whole process. At run time libwebsockets needs its libuv
 * plugin. */
#include "common/core/memory.h"
#include "common/core/text.h"
#include "common/socketio/loop.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	/* What one read takes from a websocket. A buffer of this size stays with every socket. */
	RX_BUFFER_BYTES = 512,
	/* What one write gives; the rest of a larger message is kept until the socket takes it. */
	TX_BYTES = 65536,
	HEADER_BYTES = 8192,
	KEEPALIVE_SECONDS = 30,
	/* Descriptors that are left to the rest of the process: database, log, bus. */
	OTHER_FDS = 128,
};

/* A poller has a GET waiting and now and then a POST. Accepting stops short of the limit on open
 * files, for libwebsockets would try again without end. */
static size_t
connection_limit(const struct socketio_config *config)
{
	struct rlimit files;
	size_t        want = config->max_sockets * 2 + 64;

	SURE(getrlimit(RLIMIT_NOFILE, &files) == 0);
	if (files.rlim_cur < OTHER_FDS * 2)
		return OTHER_FDS / 2;
	return want < files.rlim_cur - OTHER_FDS ? want : (size_t)files.rlim_cur - OTHER_FDS;
}

static void *
lws_memory(void *at, size_t size, const char *why)
{
	(void)why;
	if (size > 0)
		return memory_resize(at, size);
	memory_give(at);
	return NULL;
}

/* A connection that libwebsockets has no memory to watch is never freed, and libuv aborts without memory: both may use the
 * reserve. Of the whole process, and before its first call of libuv. */
static void
memory_open(void)
{
	lws_set_allocator(lws_memory);
	SURE(uv_replace_allocator(memory_take, memory_resize, memory_zero, memory_give) == 0);
}

static bool
loop_open(struct socketio *s)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct loop          *loop = memory_zero(1, sizeof(*loop));

	SURE(loop != NULL && pthread_once(&once, memory_open) == 0);
	s->loop = loop;
	if (uv_loop_init(&loop->uv) != 0)
		return false;
	loop->uv.data = s;
	s->eio.watch_fd = epoll_create1(EPOLL_CLOEXEC);
	return s->eio.watch_fd >= 0 && uv_poll_init(&loop->uv, &loop->watch, s->eio.watch_fd) == 0 &&
	    uv_poll_start(&loop->watch, UV_READABLE, loop_watch) == 0;
}

/* libwebsockets unloads its libuv plugin with the context, while the loop may still hold handles whose
 * closing is told to code of the plugin. So it is pinned: loaded once, never unloaded. */
static int
pin_plugin(struct dl_phdr_info *library, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	if (strstr(library->dlpi_name, "libwebsockets-evlib_uv") == NULL)
		return 0;
	(void)dlopen(library->dlpi_name, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
	return 1;
}

static bool
context_open(struct socketio *s)
{
	struct loop *loop = s->loop;
	void        *loops[] = { &loop->uv };
	struct lws_context_creation_info info = {
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
		.foreign_loops = loops,
		.user = &s->eio,
		.pcontext = &loop->lws,
		.max_http_header_data = HEADER_BYTES,
		.max_http_header_pool2 = (unsigned)s->eio.max_connections,
		.retry_and_idle_policy = &loop->no_retry,
	};

	/* Its lines are of clients' making; what matters is told by callbacks and counts. */
	lws_set_log_level(0, NULL);
	loop->lws = lws_create_context(&info);
	(void)dl_iterate_phdr(pin_plugin, NULL);
	return loop->lws != NULL;
}

static struct lws_vhost *
vhost_open(struct socketio *s, const struct listen_address *at, int port)
{
	struct lws_context_creation_info info = {
		.port = port,
		.iface = at->host[0] != '\0' ? at->host : NULL,
		.protocols = s->loop->protocols,
		.keepalive_timeout = KEEPALIVE_SECONDS,
		.retry_and_idle_policy = &s->loop->no_retry,
		.vhost_name = at->ipv6 ? "ipv6" : "ipv4",
		.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | (at->ipv6
		    ? LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY | LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE
		    : LWS_SERVER_OPTION_DISABLE_IPV6),
	};

	return lws_create_vhost(s->loop->lws, &info);
}

static const struct err *
listen_one(struct req *rq, struct socketio *s, const struct listen_address *at)
{
	struct lws_vhost *vhost = vhost_open(s, at, at->port == 0 ? s->port : at->port);

	if (vhost == NULL)
		return FAIL(rq, CONFLICT, "socketio.listen", "cannot listen on %s port %d",
		    at->host[0] != '\0' ? at->host : "any address", at->port);
	s->port = lws_get_vhost_listen_port(vhost);
	return NULL;
}

static const struct err *
listen_all(struct req *rq, struct socketio *s, const char *where)
{
	struct loop *loop = s->loop;
	struct text  rest = text_of(where);

	loop->protocols[0] = (struct lws_protocols){ .name = "socketio", .callback = loop_callback,
		.per_session_data_size = sizeof(struct eio_link), .rx_buffer_size = RX_BUFFER_BYTES,
		.tx_packet_size = TX_BYTES };
	do {
		if (loop->n_listens == LISTENS_MAX || !listen_next(&rest, &loop->listens[loop->n_listens]))
			return FAIL(rq, INVALID, "socketio.address", "cannot read \"%s\"", where);
		TRY(listen_one(rq, s, &loop->listens[loop->n_listens++]));
	} while (rest.at != NULL);
	return NULL;
}

static void *
run(void *arg)
{
	struct socketio *s = arg;

	(void)uv_run(&s->loop->uv, UV_RUN_DEFAULT);
	return NULL;
}

/* Signals are for the threads that were there before. */
static bool
thread_open(struct socketio *s)
{
	sigset_t all, before;
	bool     ok;

	sigfillset(&all);
	SURE(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	ok = pthread_create(&s->thread, NULL, run, s) == 0;
	SURE(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	return ok;
}

/* Unmakes in two steps, as a loop that is not its own wants it: libwebsockets starts to close its
 * handles, the loop runs until they are closed, then the context can go. */
static void
loop_close(struct socketio *s)
{
	struct loop *loop = s->loop;

	loop->ending = true;
	if (s->eio.watch_fd >= 0 && loop->watch.loop != NULL)
		uv_close((uv_handle_t *)&loop->watch, NULL);
	if (loop->lws != NULL)
		lws_context_destroy(loop->lws);
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
	if (loop->lws != NULL)
		lws_context_destroy(loop->lws);
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
	(void)uv_loop_close(&loop->uv);
	if (s->eio.watch_fd >= 0)
		close(s->eio.watch_fd);
	memory_give(loop);
	s->loop = NULL;
}

static void
server_free(struct socketio *s)
{
	eio_enter(&s->eio);
	eio_drop_all(&s->eio);
	eio_leave(&s->eio);
	loop_close(s);
	sio_free(&s->sio);
	eio_free(&s->eio);
	sio_queue_free(&s->queue);
	memory_give(s);
}

static const struct err *
server_open(struct req *rq, struct socketio *s, const struct socketio_config *config)
{
	if (!loop_open(s))
		return FAIL(rq, INTERNAL, "socketio.loop", "cannot make an event loop");
	if (!context_open(s))
		return FAIL(rq, INTERNAL, "socketio.context",
		    "libwebsockets does not start (is its libuv plugin installed?)");
	TRY(listen_all(rq, s, config->listen));
	s->eio.lws = s->loop->lws;
	if (!thread_open(s))
		return FAIL(rq, INTERNAL, "socketio.thread", "cannot start a thread");
	return NULL;
}

const struct err *
socketio_open(struct req *rq, struct socketio **out, const struct socketio_config *config,
    const struct socketio_events *events)
{
	struct socketio  *s = memory_zero(1, sizeof(*s));
	const struct err *e;

	SURE(s != NULL);
	sio_queue_init(&s->queue);
	eio_init(&s->eio, config, &sio_upper, &s->sio);
	s->eio.max_connections = connection_limit(config);
	sio_init(&s->sio, &s->eio, config, events);
	*out = s;
	e = server_open(rq, s, config);
	if (e != NULL) {
		server_free(s);
		*out = NULL;
	}
	return e;
}

void
socketio_close(struct socketio **s, int grace_ms)
{
	if (*s == NULL)
		return;
	server_command(*s, &(struct sio_command){ .kind = SIO_DO_CLOSE, .number = grace_ms }, NULL);
	SURE(pthread_join((*s)->thread, NULL) == 0);
	server_free(*s);
	*s = NULL;
}
