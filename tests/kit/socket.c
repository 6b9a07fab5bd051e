/* A small Socket.IO 5 client on Engine.IO 4, websocket only. */
#include "tests/kit/suite.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"

enum { HANDSHAKE_MS = 10000, KEEP = 256 };

struct kit_socket {
	struct kit_websocket *ws;
	const char           *namespace;     /* "/" or "/name" */
	const char           *refusal;
	const char           *kept[KEEP];    /* event packets nobody has waited for yet: "[\"name\",…]" */
	size_t                n_kept;
	const char           *ack;           /* the last acknowledgement's arguments */
	int                   ack_id, next_ack;
	bool                  ended;
};

/* "[name, a, b]" as "[a,b]" when the name fits, else NULL. */
static const char *
arguments_of(const char *packet, const char *event)
{
	json_t *all = json_loads(packet, 0, NULL);
	const char *name = json_string_value(json_array_get(all, 0)), *kept = NULL;
	char *dump;

	if (name != NULL && strcmp(name, event) == 0) {
		json_array_remove(all, 0);
		dump = json_dumps(all, JSON_COMPACT);
		kept = kit_keep(dump, strlen(dump));
		free(dump);
	}
	json_decref(all);
	return kept;
}

static void
keep_event(struct kit_socket *c, const char *packet)
{
	if (c->n_kept == KEEP)
		kit_fail("%d events nobody waited for", KEEP);
	c->kept[c->n_kept++] = packet;
}

/* What stands behind the packet type: "/namespace," when it is not "/", then an id, then JSON. */
static const char *
skip_namespace(const char *rest)
{
	const char *comma = *rest == '/' ? strchr(rest, ',') : NULL;

	return comma != NULL ? comma + 1 : *rest == '/' ? rest + strlen(rest) : rest;
}

/* Socket.IO types: 0 CONNECT, 1 DISCONNECT, 2 EVENT, 3 ACK, 4 CONNECT_ERROR. Returns the type. */
static int
take_packet(struct kit_socket *c, const char *packet)
{
	const char *rest = skip_namespace(packet + 1), *json = rest + strspn(rest, "0123456789");

	if (*packet == '1')
		c->ended = true;
	if (*packet == '2')
		keep_event(c, json);
	if (*packet == '3') {
		c->ack_id = atoi(rest);
		c->ack = json;
	}
	if (*packet == '4') {
		const char *message = kit_json_text(json, "message");

		c->refusal = message != NULL ? message : "refused";
	}
	return *packet - '0';
}

/* One Engine.IO packet; its Socket.IO type, or −1 for none within the time. */
static int
step(struct kit_socket *c, int64_t deadline_us)
{
	int64_t left = (deadline_us - clock_mono_us()) / 1000;
	const char *message = left > 0 ? kit_websocket_next(c->ws, (int)left) : NULL;

	if (message == NULL) {
		c->ended = c->ended || kit_websocket_ended(c->ws);
		return -1;
	}
	if (*message == '2')
		kit_websocket_send(c->ws, "3");
	if (*message == '1')
		c->ended = true;
	return *message == '4' ? take_packet(c, message + 1) : -2;
}

static const char *
prefix(const struct kit_socket *c)
{
	return strcmp(c->namespace, "/") == 0 ? "" : kit_print("%s,", c->namespace);
}

struct kit_socket *
kit_socket_try_at(int port, const char *namespace, const char *auth_json)
{
	struct kit_websocket *ws = kit_websocket_open(port, "/socket.io/?EIO=4&transport=websocket", NULL);
	struct kit_socket *c = ws != NULL ? calloc(1, sizeof(*c)) : NULL;
	int64_t deadline = kit_deadline(HANDSHAKE_MS);
	int type = -2;

	if (ws == NULL)
		return NULL;
	SURE(c != NULL);
	c->namespace = namespace;
	c->ack_id = -1;
	c->ws = ws;
	kit_websocket_send(c->ws, kit_print("40%s%s", prefix(c), auth_json != NULL ? auth_json : ""));
	while (type != 0 && type != 4 && !c->ended) {
		type = step(c, deadline);
		if (type == -1 && clock_mono_us() > deadline)
			kit_fail("no answer to the Socket.IO CONNECT within %d ms", HANDSHAKE_MS);
	}
	if (type != 0 && c->refusal == NULL)
		c->refusal = "closed";
	return c;
}

struct kit_socket *
kit_socket_connect_at(int port, const char *namespace, const char *auth_json)
{
	struct kit_socket *c = kit_socket_try_at(port, namespace, auth_json);

	if (c == NULL)
		kit_fail("the server at port %d does not upgrade to a websocket", port);
	return c;
}

struct kit_socket *
kit_socket_connect(struct suite *s, const char *token)
{
	return kit_socket_connect_at(suite_port(s, "gateway", "http"), "/", kit_print("{\"token\":\"%s\"}", token));
}

const char *
kit_socket_refused(const struct kit_socket *c)
{
	return c->refusal;
}

/* Takes the first kept event of that name. */
static const char *
take_kept(struct kit_socket *c, const char *event)
{
	for (size_t i = 0; i < c->n_kept; i++) {
		const char *args = arguments_of(c->kept[i], event);

		if (args != NULL) {
			memmove(&c->kept[i], &c->kept[i + 1], (c->n_kept - i - 1) * sizeof(c->kept[0]));
			c->n_kept--;
			return args;
		}
	}
	return NULL;
}

const char *
kit_socket_wait(struct kit_socket *c, const char *event, int timeout_ms)
{
	int64_t deadline = kit_deadline(timeout_ms);
	const char *args;

	while ((args = take_kept(c, event)) == NULL && !c->ended)
		if (step(c, deadline) == -1 && clock_mono_us() > deadline)
			return take_kept(c, event);
	return args;
}

/* "[a,b]" becomes "[\"name\",a,b]". */
static const char *
with_name(const char *event, const char *args_json)
{
	const char *inner = args_json != NULL ? args_json + 1 : "]";

	return kit_print("[\"%s\"%s%s", event, *inner == ']' ? "" : ",", inner);
}

void
kit_socket_emit(struct kit_socket *c, const char *event, const char *args_json)
{
	kit_websocket_send(c->ws, kit_print("42%s%s", prefix(c), with_name(event, args_json)));
}

const char *
kit_socket_ask(struct kit_socket *c, const char *event, const char *args_json, int timeout_ms)
{
	int64_t deadline = kit_deadline(timeout_ms);
	int id = c->next_ack++;

	kit_websocket_send(c->ws, kit_print("42%s%d%s", prefix(c), id, with_name(event, args_json)));
	while (c->ack_id != id && !c->ended)
		if (step(c, deadline) == -1 && clock_mono_us() > deadline)
			return NULL;
	return c->ack_id == id ? c->ack : NULL;
}

bool
kit_socket_ended(struct kit_socket *c, int timeout_ms)
{
	int64_t deadline = kit_deadline(timeout_ms);

	while (!c->ended && clock_mono_us() <= deadline)
		step(c, deadline);
	return c->ended;
}

void
kit_socket_close(struct kit_socket **cp)
{
	struct kit_socket *c = *cp;

	*cp = NULL;
	kit_websocket_close(&c->ws);
	free(c);
}
