/* notification with its sockets, its own relay, and a stand-in for auth. */
#include "tests/integration/notification/world.h"
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/inbox/inbox.h"
#include "common/outbox/outbox.h"
#include "common/pack/pack.h"
#include "common/session/session.h"
#include "common/token/identity.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "services/notification/door/room.h"
#include "services/notification/service.h"

#define PAIR_KEY "notification:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static struct {
	struct kit         *kit;
	struct arena       *mem;
	struct http_server *auth;
	struct app          auth_app;
	struct jwt_signer  *signer;
	struct relay       *relay;
	struct keyring      pair;
	struct caller       forgotten;
	enum known          known;
	int                 restores;      /* atomic */
	struct kit_socket  *sockets[64];
	int                 n_sockets;
} world;

static void
sure(const struct err *e)
{
	if (e != NULL)
		kit_fail("%s: %s", e->slug, e->detail);
}

/* ---- auth */

static void
answer(struct http_reply *out, int status, const char *body)
{
	*out = (struct http_reply){ .status = status, .head = TEXT("Content-Type: application/json\r\n"),
		.body = text_of(body) };
}

static void
answer_session(struct http_reply *out)
{
	char user[UUID_CHARS + 1], company[UUID_CHARS + 1];

	uuid_print(world.forgotten.person.user, user);
	uuid_print(world.forgotten.person.company, company);
	(void)__atomic_add_fetch(&world.restores, 1, __ATOMIC_RELAXED);
	if (world.known == UNKNOWN)
		answer(out, 404, "{}");
	else
		answer(out, 200, kit_print("{\"state\":\"%s\",\"who\":\"staff\",\"userId\":\"%s\",\"companyId\":\"%s\","
		    "\"permissions\":\"1f\",\"version\":1}", world.known == KNOWN_ALIVE ? "alive" : "revoked", user, company));
}

/* Only a service with the right key may ask. */
static void
take(struct req *rq, const struct http_request *in, struct http_reply *out)
{
	struct identity id;

	if (identity_verify(rq, &world.pair, "auth", in->method_name, in->path,
	    http_request_header(rq, IDENTITY_HEADER), &id) != NULL || id.who != WHO_SERVICE)
		answer(out, 401, "{}");
	else if (text_is(in->path, "/internal/jwks.json"))
		answer(out, 200, kit_print("%.*s", TEXT_ARG(jwt_signer_jwks(rq->mem, world.signer))));
	else if (text_starts(in->path, TEXT("/internal/sessions/")) && text_ends(in->path, TEXT("/restore")))
		answer_session(out);
	else
		answer(out, 404, "{}");
}

static void
open_auth(struct req *rq)
{
	const char *dir = kit_db_start()->dir;

	sure(jwt_signer_open(rq, &world.signer, kit_print("k1:%s/secrets/jwt_key.pem", dir), "https://dure.example",
	    "dure"));
	kit_sure(keyring_parse(PAIR_KEY, &world.pair));
	world.auth_app.service = "auth";
	sure(http_server_open(rq, &world.auth, &(struct http_server_config){ .listen = "127.0.0.1:0", .threads = 8,
		.request_timeout_ms = 5000, .body_max_bytes = 1024, .take = take, .app = &world.auth_app }));
	setenv("DURE_AUTH_URL", kit_print("http://127.0.0.1:%d", http_server_port(world.auth)), 1);
	setenv("DURE_AUTH_PAIR_KEY", PAIR_KEY, 1);
}

/* ---- the bus: the tap of auth asks the relay of notification, which has nothing to tell it */

/* The socket stays bound as long as the process, so that no test beside this one is given the port; SO_REUSEADDR, which
 * nng sets too, lets the listener have it all the same. */
static int
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	kit_sure(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	kit_sure(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	return ntohs(a.sin_port);
}

static void
name_bus(void)
{
	int pub = free_port(), ask = free_port();

	setenv("DURE_BUS_LISTEN", kit_print("127.0.0.1:%d", pub), 1);
	setenv("DURE_BUS_ASK_LISTEN", kit_print("127.0.0.1:%d", ask), 1);
	setenv("DURE_OUTSIDE_LISTEN", "", 1);              /* one port of the whole suite: tests run side by side */
	setenv("DURE_OUTSIDE_ASK_LISTEN", "", 1);
	setenv("DURE_BUS_PEERS", kit_print("notification=127.0.0.1:%d:%d,auth=127.0.0.1:%d:%d", pub, ask, pub, ask), 1);
}

static void
open_service(struct req *rq)
{
	setenv("DURE_SOCKETIO_LISTEN", "127.0.0.1:0", 1);
	setenv("DURE_SOCKET_WORKERS", "4", 1);
	world.mem = arena_open(1 << 24);
	req_begin(rq, NULL, world.mem, TEXT("world"), 10000);
	name_bus();
	open_auth(rq);
	world.kit = kit_open(&notification_svc);
	rq->app = kit_app(world.kit);
}

struct kit *
world_open(void)
{
	struct req rq;

	open_service(&rq);
	sure(relay_open(&rq, &world.relay, kit_app(world.kit)));
	sure(door_hears(&rq));
	return world.kit;
}

struct kit *
world_open_deaf(void)
{
	struct req rq;

	open_service(&rq);
	return world.kit;
}

void
world_close(void)
{
	for (int i = 0; i < world.n_sockets; i++)
		kit_socket_close(&world.sockets[i]);
	kit_app(world.kit)->relay = NULL;
	relay_close(&world.relay);
	kit_close(&world.kit);
	http_server_close(&world.auth, 0);
	jwt_signer_close(&world.signer);
	arena_close(&world.mem);
}

int
world_port(void)
{
	struct notification *n = kit_app(world.kit)->state;

	return door_port(n->door);
}

/* ---- callers */

static struct caller
sign(struct person person, enum who who, int64_t seconds)
{
	struct caller c = { .person = person, .session = uuid_new() };
	int64_t now = clock_now_us();
	struct text token;
	struct req rq;

	req_begin(&rq, kit_app(world.kit), world.mem, TEXT("sign"), 10000);
	sure(jwt_sign(&rq, world.signer, &(struct access_token){ .who = who, .user = person.user,
		.session = c.session, .jti = uuid_new(), .company = person.company, .issued_us = now - 60000000,
		.expires_us = now + seconds * 1000000 }, &token));
	c.token = kit_print("%.*s", TEXT_ARG(token));
	return c;
}

static void
keep_session(struct caller c, enum who who, int64_t version)
{
	struct req rq;

	req_begin(&rq, kit_app(world.kit), world.mem, TEXT("session"), 10000);
	sure(session_put(&rq, kit_app(world.kit)->redis, c.session, &(struct session){ .state = SESSION_ALIVE,
		.who = who, .user = c.person.user, .company = c.person.company, .version = version },
	    clock_now_us() + INT64_C(600000000)));
}

struct caller
world_caller_as(struct person person, enum who who)
{
	struct caller c = sign(person, who, 600);

	keep_session(c, who, 1);
	return c;
}

struct caller
world_caller(struct person person, int64_t seconds)
{
	struct caller c = sign(person, WHO_STAFF, seconds);

	keep_session(c, WHO_STAFF, 1);
	return c;
}

struct caller
world_forgotten(struct person person, enum known known)
{
	world.forgotten = sign(person, WHO_STAFF, 600);
	world.known = known;
	return world.forgotten;
}

int
world_restores(void)
{
	return __atomic_load_n(&world.restores, __ATOMIC_RELAXED);
}

static void
tell_door(const struct event_type *type, const void *payload)
{
	struct notification *n = kit_app(world.kit)->state;
	struct buf bytes;
	struct req rq;

	req_begin(&rq, kit_app(world.kit), world.mem, TEXT("tell"), 10000);
	bytes = buf_in(rq.mem, 4096);
	pack_write(&bytes, type->payload, payload);
	door_hear_auth(n->door, &rq, &(struct envelope){ .type = text_of(type->type), .version = type->version,
		.payload = buf_as_text(&bytes) });
}

void
world_end(struct caller c)
{
	tell_door(&session_revoked_v1_event, &(struct session_revoked_v1){ .session_id = c.session,
		.user_id = c.person.user, .reason = TEXT("logout"), .revoked_at = clock_now_us() });
}

void
world_tell_left(struct caller c)
{
	tell_door(&membership_ended_v1_event, &(struct membership_ended_v1){ .user_id = c.person.user,
		.company_id = c.person.company, .ended_at = clock_now_us() });
}

void
world_leave(struct caller c)
{
	struct caller alone = c;

	alone.person.company = (struct uuid){ { 0 } };
	keep_session(alone, WHO_STAFF, 2);
	world_tell_left(c);
}

struct kit_socket *
world_connect(const char *auth_json, ...)
{
	char *json = NULL;
	va_list args;
	struct kit_socket *c;

	va_start(args, auth_json);
	SURE(vasprintf(&json, auth_json, args) > 0);
	va_end(args);
	c = kit_socket_connect_at(world_port(), "/", json);
	free(json);
	kit_sure(world.n_sockets < (int)COUNT_OF(world.sockets));
	world.sockets[world.n_sockets++] = c;
	return c;
}

int64_t
world_next(struct kit_socket *c, int timeout_ms)
{
	const char *args = kit_socket_wait(c, "addAlarm", timeout_ms);

	return args != NULL ? kit_json_i64(args, "0.number") : 0;
}
