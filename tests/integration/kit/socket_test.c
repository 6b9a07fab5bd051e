/* The kit's websocket and Socket.IO client against our own server. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/arena.h"
#include "common/core/text.h"
#include "common/socketio/socketio.h"
#include "tests/kit/kit.h"

static struct socketio *server;

static void
on_connect(void *arg, socketio_id id, struct text nsp, struct text auth_json, struct text client_ip)
{
	(void)arg;
	(void)nsp;
	(void)client_ip;
	if (memmem(auth_json.at, auth_json.len, "good", 4) != NULL)
		socketio_accept(server, id);
	else
		socketio_refuse(server, id, "not you", TEXT(""));
}

/* Answers "echo" by an event and by its acknowledgement; ends who says "bye". */
static void
on_event(void *arg, socketio_id id, const struct socketio_event *ev)
{
	(void)arg;
	if (text_is(ev->name, "bye"))
		socketio_disconnect(server, id, true);
	else
		socketio_emit(server, id, "echoed", ev->args_json);
	if (ev->ack_id >= 0)
		socketio_ack(server, id, ev->ack_id, ev->args_json, NULL, 0);
}

static void
on_disconnect(void *arg, socketio_id id, const char *reason)
{
	(void)arg;
	(void)id;
	(void)reason;
}

static const struct socketio_events events = {
	.connect = on_connect, .event = on_event, .disconnect = on_disconnect,
};

static int
opened(void)
{
	static const char *const none[] = { NULL };
	static const struct socketio_config config = { .listen = "127.0.0.1:0", .path = "/socket.io/",
		.namespaces = none, .ping_interval_ms = 50, .ping_timeout_ms = 2000, .connect_timeout_ms = 5000,
		.upgrade_timeout_ms = 5000,
		.max_payload_bytes = 100000, .max_queue_bytes = 100000, .max_sockets = 10, .cors_origins = none };
	struct arena *mem = arena_open(1 << 20);
	struct req rq;

	req_begin(&rq, NULL, mem, TEXT("test"), 5000);
	cr_assert_null(socketio_open(&rq, &server, &config, &events));
	req_end(&rq);
	arena_close(&mem);
	return socketio_port(server);
}

Test(kit, a_socket_is_accepted_and_hears_events_and_acknowledgements)
{
	struct kit_socket *c = kit_socket_connect_at(opened(), "/", "{\"token\":\"good\"}");

	cr_assert_null(kit_socket_refused(c));
	kit_socket_emit(c, "echo", "[1,{\"a\":\"b\"}]");
	kit_socket_emit(c, "echo", NULL);
	cr_assert_str_eq(kit_socket_wait(c, "echoed", 5000), "[1,{\"a\":\"b\"}]");
	cr_assert_str_eq(kit_socket_wait(c, "echoed", 5000), "[]");
	cr_assert_str_eq(kit_socket_ask(c, "echo", "[\"x\"]", 5000), "[\"x\"]");
	cr_assert_null(kit_socket_wait(c, "never", 200), "pings are answered while nothing happens");
	cr_assert_not(kit_socket_ended(c, 0));
	kit_socket_emit(c, "bye", "[]");
	cr_assert(kit_socket_ended(c, 5000));
	kit_socket_close(&c);
	socketio_close(&server, 500);
}

Test(kit, a_refused_socket_has_the_servers_word_for_it)
{
	struct kit_socket *c = kit_socket_connect_at(opened(), "/", "{\"token\":\"bad\"}");

	cr_assert_str_eq(kit_socket_refused(c), "not you");
	kit_socket_close(&c);
	socketio_close(&server, 500);
}

Test(kit, json_is_read_by_path)
{
	const char *json = "{\"items\":[{\"id\":\"a\",\"n\":3}],\"o\":{\"k\":[1,2]}}";

	cr_assert_str_eq(kit_json_text(json, "items.0.id"), "a");
	cr_assert_eq(kit_json_i64(json, "items.0.n"), 3);
	cr_assert_str_eq(kit_json_text(json, "o"), "{\"k\":[1,2]}");
	cr_assert_eq(kit_json_length(json, "o.k"), 2);
	cr_assert_null(kit_json_text(json, "items.1.id"));
	cr_assert_eq(kit_json_i64("not json", "a"), -1);
}
