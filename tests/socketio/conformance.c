/* A small server that any Engine.IO 4 or Socket.IO 5 test suite can be pointed at.
 *
 * socketio-conformance [port]: listens on localhost, that is 127.0.0.1 and, where the machine has IPv6,
 * ::1; port 3000 when none is given; until SIGINT or SIGTERM. /engine.io/ echoes every message;
 * /socket.io/ has the namespaces / and /custom, emits "auth" with the handshake's auth object, and on
 * / sends "message" back, acknowledges "message-with-ack", and asks "emit-with-ack" back for an
 * acknowledgement, which it then emits. For load tests, on /load a socket joins the room "all", and
 * "shout" is emitted to that room. PING_INTERVAL, PING_TIMEOUT, MAX_PAYLOAD and CONNECT_TIMEOUT change
 * the limits (milliseconds, bytes), IPV6=0 leaves ::1 out. */
#include "common/core/clock.h"
#include "common/core/req.h"
#include "common/core/text.h"
#include "common/socketio/socketio.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* "auth" events that wait. Some suites listen for one frame after the other, and miss the second
 * when both come in one piece; so it leaves some milliseconds later, from the main thread. */
struct later {
	struct later *next;
	socketio_id   id;
	int64_t       due_us;
	size_t        len;
	char          args[];
};
static struct later   *first_later, **last_later = &first_later;
static pthread_mutex_t later_lock = PTHREAD_MUTEX_INITIALIZER;

enum { LATER_US = 4000 };

static void
emit_later(socketio_id id, struct text auth)
{
	struct later *l = malloc(sizeof(*l) + auth.len + 3);

	SURE(l != NULL);
	*l = (struct later){ NULL, id, clock_mono_us() + LATER_US, auth.len + 2 };
	(void)snprintf(l->args, auth.len + 3, "[%.*s]", TEXT_ARG(auth));
	pthread_mutex_lock(&later_lock);
	*last_later = l;
	last_later = &l->next;
	pthread_mutex_unlock(&later_lock);
}

static struct later *
take_due(void)
{
	struct later *l;

	pthread_mutex_lock(&later_lock);
	l = first_later;
	if (l != NULL && l->due_us > clock_mono_us())
		l = NULL;
	if (l != NULL) {
		first_later = l->next;
		if (first_later == NULL)
			last_later = &first_later;
	}
	pthread_mutex_unlock(&later_lock);
	return l;
}

static void
on_connect(void *arg, socketio_id id, struct text nsp, struct text auth, struct text ip)
{
	struct socketio *s = *(struct socketio **)arg;

	(void)ip;
	if (memmem(auth.at, auth.len, "\"refuse\"", 8) != NULL) {
		socketio_refuse(s, id, "not you", TEXT("{\"why\":\"asked for\"}"));
		return;
	}
	socketio_accept(s, id);
	if (text_is(nsp, "/load"))
		socketio_join(s, id, "all");
	else
		emit_later(id, auth);
}

static void
on_event(void *arg, socketio_id id, const struct socketio_event *ev)
{
	struct socketio *s = *(struct socketio **)arg;

	if (text_is(ev->nsp, "/load") && text_is(ev->name, "shout"))
		socketio_emit_room(s, "/load", "all", "heard", ev->args_json);
	if (!text_is(ev->nsp, "/"))
		return;
	if (text_is(ev->name, "message"))
		socketio_emit_binary(s, id, "message-back", ev->args_json, ev->binary, ev->n_binary);
	else if (text_is(ev->name, "message-with-ack") && ev->ack_id >= 0)
		socketio_ack(s, id, ev->ack_id, ev->args_json, ev->binary, ev->n_binary);
	else if (text_is(ev->name, "emit-with-ack"))
		socketio_ask(s, id, "emit-with-ack", 1,
		    &(struct socketio_args){ ev->args_json, ev->binary, ev->n_binary });
	else if (text_is(ev->name, "leave"))
		socketio_disconnect(s, id, text_is(ev->args_json, "[true]"));
}

static void
on_answer(void *arg, socketio_id id, const struct socketio_event *ev)
{
	socketio_emit_binary(*(struct socketio **)arg, id, "emit-with-ack", ev->args_json, ev->binary,
	    ev->n_binary);
}

static void
on_disconnect(void *arg, socketio_id id, const char *reason)
{
	(void)arg;
	if (getenv("CONFORMANCE_VERBOSE") != NULL)
		fprintf(stderr, "%llx gone: %s\n", (unsigned long long)id, reason);
}

static void
on_plain(void *arg, socketio_id id, bool binary, struct text bytes)
{
	socketio_send_plain(*(struct socketio **)arg, id, binary, bytes);
}

static int
int_from(const char *name, int otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : atoi(value);
}

static bool
has_ipv6(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int                 fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool                has = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

static void
emit_until_the_end(struct socketio *s)
{
	const struct timespec look = { 0, 1000000 };
	sigset_t              ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	while (sigtimedwait(&ends, NULL, &look) < 0)
		for (struct later *l; (l = take_due()) != NULL; free(l))
			socketio_emit(s, l->id, "auth", (struct text){ l->args, l->len });
}

static void
print_stats(const struct socketio *s)
{
	struct socketio_stats n = socketio_stats(s);

	if (getenv("CONFORMANCE_VERBOSE") != NULL)
		fprintf(stderr, "sockets %zu sessions %zu emitted %llu slow %llu refused %llu dropped %llu\n",
		    n.sockets, n.sessions, (unsigned long long)n.emitted, (unsigned long long)n.cut_slow,
		    (unsigned long long)n.refused, (unsigned long long)n.dropped);
}

int
main(int argc, char **argv)
{
	static struct socketio     *server;
	static char                 where[64];
	static const char *const    namespaces[] = { "/custom", "/load", NULL };
	static const char *const    all[] = { "*", NULL };
	struct req                  rq = { .mem = arena_open(65536) };
	const struct socketio_events events = { .connect = on_connect, .event = on_event, .answer = on_answer,
		.disconnect = on_disconnect, .plain_message = on_plain, .arg = &server };
	const struct socketio_config config = {
		.listen = where, .path = "/socket.io/", .plain_path = "/engine.io/",
		.namespaces = namespaces, .cors_origins = all,
		.ping_interval_ms = int_from("PING_INTERVAL", 300),
		.ping_timeout_ms = int_from("PING_TIMEOUT", 200),
		.connect_timeout_ms = int_from("CONNECT_TIMEOUT", 1000), .upgrade_timeout_ms = 10000,
		.max_payload_bytes = (size_t)int_from("MAX_PAYLOAD", 1000000), .max_queue_bytes = 4000000,
		.max_sockets = (size_t)int_from("MAX_SOCKETS", 12000),
	};
	const char       *port = argc > 1 ? argv[1] : "3000";
	const struct err *e;

	(void)snprintf(where, sizeof(where), "127.0.0.1:%s", port);
	if (int_from("IPV6", 1) != 0 && has_ipv6())
		(void)snprintf(where, sizeof(where), "127.0.0.1:%s,[::1]:%s", port, port);
	signal(SIGPIPE, SIG_IGN);
	e = socketio_open(&rq, &server, &config, &events);
	if (e != NULL) {
		fprintf(stderr, "%s: %s\n", e->slug, e->detail);
		arena_close(&rq.mem);
		return 1;
	}
	printf("listening on port %d\n", socketio_port(server));
	fflush(stdout);
	emit_until_the_end(server);
	print_stats(server);
	socketio_close(&server, 2000);
	for (struct later *l = first_later, *next; l != NULL; l = next) {
		next = l->next;
		free(l);
	}
	arena_close(&rq.mem);
	return 0;
}
