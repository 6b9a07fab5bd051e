/* The test server and its routes. */
#include "tests/integration/http/world.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"

int runs_of_pay, runs_of_again;
const char *pay_mood = "";

static const enum db_type effect_in[] = { DB_UUID, DB_TEXT };
static const struct db_stmt effect_stmt = { "world_effect", "INSERT INTO effect (id, name) VALUES ($1, $2)", DB_QUEUE, 2, 0,
	effect_in, NULL, 0, 0 };

static const struct err *
put_effect(struct req *rq, struct uuid id, struct text name)
{
	struct db_args a = { 0 };

	db_arg_uuid(&a, &id);
	db_arg_text(&a, name);
	return db_queue(rq, &effect_stmt, &a);
}

struct echo { struct text name; int32_t count; bool has_count; bool dry, has_dry; };
static const struct msg_field echo_fields[] = {
	{ .name = "name", .kind = MSG_TEXT, .flags = MSG_REQUIRED, .at = offsetof(struct echo, name), .mark = MSG_NONE, .min = 1,
	    .max = 10 },
	{ .name = "count", .kind = MSG_I32, .at = offsetof(struct echo, count), .mark = offsetof(struct echo, has_count), .min = 0,
	    .max = 5 },
	{ .name = "dry", .kind = MSG_BOOL, .where = MSG_IN_QUERY, .at = offsetof(struct echo, dry),
	    .mark = offsetof(struct echo, has_dry) },
};
static const struct msg_type echo_type = { "echo", sizeof(struct echo), _Alignof(struct echo), echo_fields,
	COUNT_OF(echo_fields), false };

struct thing { struct uuid id; };
static const struct msg_field thing_in_fields[] = {
	{ .name = "thingId", .kind = MSG_UUID, .where = MSG_IN_PATH, .flags = MSG_REQUIRED, .mark = MSG_NONE },
};
static const struct msg_field thing_fields[] = {
	{ .name = "thingId", .kind = MSG_UUID, .flags = MSG_REQUIRED, .mark = MSG_NONE },
};
static const struct msg_type thing_in = { "thing_in", sizeof(struct thing), _Alignof(struct thing), thing_in_fields, 1, false };
static const struct msg_type thing_type = { "thing", sizeof(struct thing), _Alignof(struct thing), thing_fields, 1, false };
static const struct msg_type nothing = { "nothing", 1, 1, NULL, 0, false };

static const struct err *
ping(struct req *rq, const void *in, void *out)
{
	(void)rq;
	(void)in;
	*(struct thing *)out = (struct thing){ { { 1 } } };
	return NULL;
}

static const struct err *
echo(struct req *rq, const void *in, void *out)
{
	const struct echo *from = in;

	(void)rq;
	*(struct echo *)out = *from;
	return NULL;
}

static const struct err *
thing_read(struct req *rq, const void *in, void *out)
{
	http_etag(rq, 3);
	*(struct thing *)out = *(const struct thing *)in;
	return NULL;
}

static const struct err *
slow(struct req *rq, const void *in, void *out)
{
	(void)nanosleep(&(struct timespec){ 0, 400000000 }, NULL);
	return ping(rq, in, out);
}

static const struct err *
raw(struct req *rq, const void *in, void *out)
{
	(void)in;
	(void)out;
	http_body(rq, "text/plain", http_request_body(rq));
	return NULL;
}

/* Writes one row; "refused" is refused after it, so nothing of it may stay. */
static const struct err *
order(struct req *rq, const void *in, void *out)
{
	const struct echo *from = in;
	struct thing *made = out;

	made->id = uuid_new();
	TRY(put_effect(rq, made->id, from->name));
	http_header(rq, "Location", text_of(arena_printf(rq->mem, "/api/things/%.*s", TEXT_ARG(from->name))));
	http_etag(rq, 1);
	if (text_is(from->name, "refused"))
		return FAIL(rq, RULE, "order.refused", "no");
	return NULL;
}

/* Meets a serialization failure at its first run. */
static const struct err *
again(struct req *rq, const void *in, void *out)
{
	static const struct db_stmt clash = { "world_clash",
		"DO $$ BEGIN RAISE SQLSTATE '40001' USING MESSAGE = 'clash'; END $$", DB_CHANGED, 0, 0, NULL, NULL, 0, 0 };
	struct db_args none = { 0 };
	struct thing *made = out;
	int64_t n;

	(void)in;
	cr_assert(uuid_is_nil(made->id));
	made->id = uuid_new();
	http_header(rq, "X-Run", text_of(arena_printf(rq->mem, "%d", runs_of_again + 1)));
	TRY(put_effect(rq, made->id, TEXT("again")));
	return ++runs_of_again == 1 ? db_changed(rq, &clash, &none, &n) : NULL;
}

static const struct err *
pay_part(struct req *rq, void *arg)
{
	struct thing *made = arg;

	TRY(put_effect(rq, made->id, TEXT("paid")));
	return strcmp(pay_mood, "store") == 0 ? http_store_answer(rq, made) : NULL;
}

static const struct err *
decline_part(struct req *rq, void *arg)
{
	struct thing *made = arg;

	TRY(put_effect(rq, made->id, TEXT("declined")));
	return http_store_problem(rq, FAIL(rq, PAYMENT, "pay.declined", "declined"));
}

static const struct err *
pay(struct req *rq, const void *in, void *out)
{
	struct thing *made = out;

	(void)in;
	__atomic_add_fetch(&runs_of_pay, 1, __ATOMIC_ACQ_REL);
	made->id = uuid_new();
	if (strcmp(pay_mood, "refuse") == 0)
		return FAIL(rq, PAYMENT, "pay.declined", "declined");
	if (strcmp(pay_mood, "decline") == 0) {
		TRY(db_tx(rq, TX_WRITE, decline_part, made));
		return FAIL(rq, PAYMENT, "pay.declined", "declined");
	}
	if (strcmp(pay_mood, "timeout") == 0)
		return FAIL(rq, TIMEOUT, "toss.timeout", "unknown");
	if (strcmp(pay_mood, "slow") == 0)
		(void)nanosleep(&(struct timespec){ 0, 300000000 }, NULL);
	return db_tx(rq, TX_WRITE, pay_part, made);
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/api/ping", ping, WHO_ANYONE, 0, TX_NONE, IDEM_NONE, 200, NULL, &thing_type, "ping" },
	{ HTTP_POST, "/api/echo", echo, WHO_ANYONE, 0, TX_NONE, IDEM_NONE, 201, &echo_type, &echo_type, "echo" },
	{ HTTP_GET, "/api/things/{thingId}", thing_read, WHO_ANYONE, 0, TX_NONE, IDEM_NONE, 200, &thing_in,
	    &thing_type, "thing_read" },
	{ HTTP_DELETE, "/api/things/{thingId}", ping, WHO_STAFF, 2, TX_NONE, IDEM_NONE, 204, &thing_in, &thing_type, "thing_drop" },
	{ HTTP_GET, "/api/slow", slow, WHO_ANYONE, 0, TX_NONE, IDEM_NONE, 200, &nothing, &thing_type, "slow" },
	{ HTTP_POST, "/api/raw", raw, WHO_ANYONE, 0, TX_NONE, IDEM_NONE, 200, NULL, NULL, "raw" },
	{ HTTP_POST, "/api/orders", order, WHO_ANYONE, 0, TX_WRITE, IDEM_KEY, 201, &echo_type, &thing_type, "order" },
	{ HTTP_POST, "/api/again", again, WHO_ANYONE, 0, TX_WRITE, IDEM_KEY, 201, &echo_type, &thing_type, "again" },
	{ HTTP_POST, "/api/pay", pay, WHO_ANYONE, 0, TX_NONE, IDEM_KEY, 201, &echo_type, &thing_type, "pay" },
};

/* "staff" is a member of the staff with permission 1, "chief" with 1 and 2; none is anyone. */
static const struct err *
identify(struct req *rq, struct text method, struct text path_query, struct text header)
{
	(void)method;
	(void)path_query;
	if (header.at == NULL)
		return NULL;
	if (!text_is(header, "staff") && !text_is(header, "chief"))
		return FAIL(rq, UNKNOWN_WHO, "identity.invalid", "not you");
	rq->who = WHO_STAFF;
	rq->permissions = text_is(header, "chief") ? 3 : 1;
	rq->user = (struct uuid){ { 7 } };
	return NULL;
}

int sockets_closed;

static const struct err *
ws_accept(struct req *rq, const struct http_request *in, void **state)
{
	*state = &sockets_closed;
	return text_is(in->query, "no") ? FAIL(rq, FORBIDDEN, "ws.refused", "not you") : NULL;
}

static void
ws_opened(void *state, struct http_ws *ws)
{
	(void)state;
	(void)http_ws_send(ws, false, TEXT("hello"));
}

/* Echoes; "bye" closes. */
static bool
ws_message(void *state, struct http_ws *ws, bool binary, struct text payload)
{
	(void)state;
	if (text_is(payload, "bye")) {
		http_ws_close(ws);
		return true;
	}
	return http_ws_send(ws, binary, payload);
}

static void
ws_closed(void *state)
{
	__atomic_add_fetch((int *)state, 1, __ATOMIC_ACQ_REL);
}

int times_seen;
bool says_nothing_of_refusals;

static void
see(struct req *rq, const struct http_request *in, int status, int64_t took_us)
{
	(void)rq;
	(void)in;
	(void)status;
	(void)took_us;
	(void)__atomic_add_fetch(&times_seen, 1, __ATOMIC_ACQ_REL);
}

static bool
tells(const struct req *rq)
{
	(void)rq;
	return !__atomic_load_n(&says_nothing_of_refusals, __ATOMIC_ACQUIRE);
}

static const struct http_websocket echo_socket = { "/ws", 2, ws_accept, ws_opened, ws_message, ws_closed };

static void
open_it(struct world *w, const char *database_url, struct world_door door)
{
	struct http_server_config config = {
		.listen = "127.0.0.1:0", .manage_listen = "127.0.0.1:0", .threads = door.threads,
		.request_timeout_ms = door.timeout_ms, .per_address = door.per_address, .exempt = door.exempt,
		.keep_alive_ms = 2000, .body_max_bytes = 4096, .routes = routes, .n_routes = COUNT_OF(routes),
		.identify = identify, .app = &w->app, .websocket = &echo_socket, .seen = see, .tells = tells,
	};

	log_open("test", LV_ERROR);
	*w = (struct world){ .mem = arena_open(1 << 24) };
	w->app.service = "test";
	req_begin(&w->rq, &w->app, w->mem, TEXT("world"), 10000);
	if (database_url != NULL)
		cr_assert_null(db_pool_open(&w->rq, &w->app.db, database_url, "commerce", 8));
	const struct err *e = http_server_open(&w->rq, &w->server, &config);
	cr_assert_null(e, "%s", e != NULL ? e->detail : "");
	w->port = http_server_port(w->server);
	w->manage_port = http_server_manage_port(w->server);
}

void
world_open(struct world *w, const char *database_url, int threads)
{
	open_it(w, database_url, (struct world_door){ .threads = threads, .timeout_ms = 5000 });
}

void
world_open_door(struct world *w, struct world_door door)
{
	open_it(w, NULL, door);
}

void
world_close(struct world *w)
{
	http_server_close(&w->server, 2000);
	if (w->app.db != NULL)
		db_pool_close(&w->app.db);
	req_end(&w->rq);
	arena_close(&w->mem);
}
