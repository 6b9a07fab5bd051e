/* The publisher, auth's stand-in, and programs outside. */
#include "tests/integration/outside/stand.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/common/outside/outside.sql.h"

/* ---- auth */

static pthread_mutex_t auth_lock = PTHREAD_MUTEX_INITIALIZER;
static struct { const char *key, *json; } auth_keys[4];
static bool auth_ill;
static int auth_asked;

void
auth_says(const char *key, const char *json)
{
	size_t i = 0;

	SURE(pthread_mutex_lock(&auth_lock) == 0);
	while (auth_keys[i].key != NULL && strcmp(auth_keys[i].key, key) != 0)
		i++;
	SURE(i < COUNT_OF(auth_keys));
	auth_keys[i].key = key;
	auth_keys[i].json = json;
	SURE(pthread_mutex_unlock(&auth_lock) == 0);
}

static const char *
digest_of(const char *secret)
{
	struct arena *mem = arena_open(4096);
	uint8_t hash[SHA256_BYTES];
	const char *shown;

	digest_sha256(text_of(secret), hash);
	shown = kit_print("%s", text_base64url(mem, (struct text){ (char *)hash, sizeof(hash) }).at);
	arena_close(&mem);
	return shown;
}

const char *
key_json(const char *types, const char *company, const char *secret, const char *old_secret, const char *until)
{
	const char *old = old_secret == NULL ? "" :
	    kit_print(",{\"sha256\":\"%s\",\"until\":\"%s\"}", digest_of(old_secret), until);

	return kit_print("{\"keyId\":\"" KEY "\",\"types\":%s%s,\"secrets\":[{\"sha256\":\"%s\"}%s]}", types,
	    company == NULL ? "" : kit_print(",\"companyId\":\"%s\"", company), digest_of(secret), old);
}

void
auth_knows_key(void)
{
	auth_says(KEY, key_json("[]", NULL, SECRET, NULL, NULL));
}

void
auth_is_ill(bool ill)
{
	__atomic_store_n(&auth_ill, ill, __ATOMIC_RELEASE);
}

int
auth_was_asked(void)
{
	return __atomic_load_n(&auth_asked, __ATOMIC_ACQUIRE);
}

static void
auth_take(struct req *rq, const struct http_request *in, struct http_reply *out)
{
	struct text id = in->path;

	(void)rq;
	__atomic_add_fetch(&auth_asked, 1, __ATOMIC_RELEASE);
	*out = (struct http_reply){ .status = __atomic_load_n(&auth_ill, __ATOMIC_ACQUIRE) ? 503 : 404 };
	SURE(pthread_mutex_lock(&auth_lock) == 0);
	for (size_t i = 0; i < COUNT_OF(auth_keys) && out->status != 503; i++)
		if (auth_keys[i].json != NULL && text_ends(id, text_of(auth_keys[i].key)))
			*out = (struct http_reply){ .status = 200, .head = TEXT("Content-Type: application/json\r\n"),
				.body = text_of(auth_keys[i].json) };
	SURE(pthread_mutex_unlock(&auth_lock) == 0);
}

/* ---- the publisher */

static int
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t len = sizeof(a);

	SURE(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	SURE(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	return ntohs(a.sin_port);
}

static void
open_http(struct stand *s, struct http_server **out, bool is_auth)
{
	const struct http_server_config config = { .listen = "127.0.0.1:0", .threads = 24, .request_timeout_ms = 10000,
		.body_max_bytes = 65536, .app = &s->app, .routes = is_auth ? NULL : outside_routes,
		.n_routes = is_auth ? 0 : outside_n_routes, .take = is_auth ? auth_take : NULL };

	SURE(http_server_open(&s->rq, out, &config) == NULL);
}

static void
wake(struct app *app, unsigned what)
{
	if ((what & APP_WAKE_RELAY) != 0 && app->relay != NULL)
		relay_wake(app->relay);
}

void
stand_open(struct stand *s, int waiters)
{
	int ask_port = free_port();
	struct bus_peers peers;

	memset(s, 0, sizeof(*s));
	log_open("test", LV_ERROR);
	s->db = kit_db_common("billing");
	s->mem = arena_open(256 * 1024 * 1024);
	s->app = (struct app){ .service = "billing", .config = &s->config, .wake = wake };
	req_begin(&s->rq, &s->app, s->mem, TEXT("test"), 60000);
	open_http(s, &s->auth, true);
	s->wake_port = free_port();
	s->config = (struct config_common){ .stage = "test", .database_url = s->db->url, .outside_waiters = waiters,
		.outside_listen = kit_print("127.0.0.1:%d", s->wake_port),
		.outside_ask_listen = kit_print("127.0.0.1:%d", ask_port),
		.outside_auth_url = kit_print("http://127.0.0.1:%d", http_server_port(s->auth)),
		.outside_auth_pair_key = "billing:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };
	SURE(db_pool_open(&s->rq, &s->app.db, s->db->url, "billing", 8) == NULL);
	SURE(relay_open(&s->rq, &s->app.relay, &s->app) == NULL);
	SURE(outside_open(&s->rq, &s->app.outside, &s->app) == NULL);
	open_http(s, &s->http, false);
	SURE(bus_peers_parse(kit_print("billing=127.0.0.1:%d:%d", s->wake_port, ask_port), &peers));
	SURE(bus_asker_open(&s->rq, &s->asker, &peers, "billing") == NULL);
}

void
stand_close(struct stand *s)
{
	bus_asker_close(&s->asker);
	http_server_close(&s->http, 1000);
	outside_close(&s->app.outside);
	relay_close(&s->app.relay);
	http_server_close(&s->auth, 0);
	db_pool_close(&s->app.db);
	req_end(&s->rq);
	arena_close(&s->mem);
	kit_db_drop(s->db);
}

/* ---- events */

struct thing { int64_t n; };
static const struct msg_field thing_fields[] = { { .name = "n", .kind = MSG_I64, .flags = MSG_REQUIRED, .mark = MSG_NONE,
	.max = INT64_MAX } };
static const struct msg_type thing_type = { "thing", sizeof(struct thing), _Alignof(struct thing), thing_fields, 1, true };

static void
begin_writing(struct stand *s, struct late *l)
{
	l->mem = arena_open(65536);
	req_begin(&l->rq, &s->app, l->mem, TEXT("writer"), 20000);
	l->rq.tx = TX_WRITE;
}

static void
put(struct late *l, const char *type, bool is_public, struct uuid key, int n)
{
	const struct event_type event = { type, 1, "billing", is_public, &thing_type };
	const struct thing thing = { n };

	SURE(outbox_put(&l->rq, &event, key, &thing) == NULL);
}

/* Commits, and waits for the relay. */
void
late_end(struct stand *s, struct late *l)
{
	SURE(db_close(&l->rq, true) == NULL);
	req_end(&l->rq);
	arena_close(&l->mem);
	kit_until(10000, strcmp(kit_db_sql(s->db, "SELECT count(*) FROM outbox WHERE seq IS NULL"), "0") == 0);
}

/* The row is queued: it goes to the server with the statement that is waited for. */
void
late_begin(struct stand *s, struct late *l, const char *type)
{
	int64_t n;

	begin_writing(s, l);
	put(l, type, true, (struct uuid){ { 1 } }, 1);
	SURE(sql_outside_note(&l->rq, TEXT("nobody"), (int64_t[OUTBOX_PARTITIONS]){ 0 }, OUTBOX_PARTITIONS, l->rq.now_us, &n) ==
	    NULL);
}

void
emit(struct stand *s, const char *type, bool is_public, const char *company, int n)
{
	struct late l;

	begin_writing(s, &l);
	if (company != NULL)
		SURE(uuid_parse(text_of(company), &l.rq.company));
	put(&l, type, is_public, uuid_new(), n);
	late_end(s, &l);
}

void
emit_many(struct stand *s, const char *type, bool is_public, int partition, int n)
{
	(void)kit_db_sql(s->db, "WITH h AS (UPDATE outbox_head SET seq = seq + %d WHERE partition = %d RETURNING seq - %d AS base) "
	    "INSERT INTO outbox (event_id, type, version, occurred_at, key, partition, traceparent, payload, is_public, seq) "
	    "SELECT gen_random_uuid(), '%s', 1, now(), gen_random_uuid(), %d, '', '\\x81a16e01', %s, h.base + i "
	    "FROM h, generate_series(1, %d) i", n, partition, n, type, partition, is_public ? "true" : "false", n);
}

/* ---- REQ/REP */

struct outside_reply
call_raw(struct stand *s, const char *bytes, size_t len)
{
	struct outside_reply r;
	struct text answer;

	SURE(bus_ask(&s->rq, s->asker, (struct text){ bytes, len }, 10000, &answer) == NULL);
	SURE(outside_reply_read(&s->rq, answer, &r) == NULL);
	return r;
}

struct outside_reply
call(struct stand *s, struct call c)
{
	struct outside_question q = { .time_s = clock_now_us() / 1000000 + c.skew_s };
	uint8_t key[SHA256_BYTES], mac[SHA256_BYTES];
	char nonce[OUTSIDE_NONCE_BYTES];
	struct buf request = buf_in(s->mem, OUTSIDE_MAX_REQUEST), whole = buf_in(s->mem, 2 * OUTSIDE_MAX_REQUEST);

	if (c.request.op.len == 0)
		c.request.op = TEXT("next");
	random_bytes(nonce, sizeof(nonce));
	SURE(uuid_parse(text_of(c.key != NULL ? c.key : KEY), &q.key));
	outside_request_write(&request, &c.request);
	q.request = buf_as_text(&request);
	q.nonce = c.nonce != NULL ? text_of(c.nonce) : (struct text){ nonce, sizeof(nonce) };
	digest_sha256(text_of(c.secret != NULL ? c.secret : SECRET), key);
	digest_hmac((struct text){ (char *)key, sizeof(key) }, outside_signed(s->mem, "billing", &q), mac);
	mac[0] ^= c.tamper;
	q.mac = (struct text){ (char *)mac, sizeof(mac) };
	outside_question_write(&whole, &q);
	return call_raw(s, whole.at, whole.len);
}

const char *
types_of(struct stand *s, const struct outside_reply *r)
{
	const char *all = "";

	for (size_t i = 0; i < r->n_events; i++) {
		struct envelope e;
		SURE(envelope_read(&s->rq, r->events[i], &e) == NULL);
		all = kit_print("%s%s%.*s", all, i > 0 ? " " : "", TEXT_ARG(e.type));
	}
	return all;
}

/* ---- HTTP */

struct kit_reply
feed(struct stand *s, const char *query, const char *authorization)
{
	const char *url = kit_print("http://127.0.0.1:%d/api/events%s", http_server_port(s->http), query);

	if (authorization == NULL)
		return kit_http(NULL, "GET", url, NULL);
	return kit_http(NULL, "GET", url, NULL, authorization);
}
