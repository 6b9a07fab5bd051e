/* Opens one service in this process and calls its steps without sockets. */
#include "tests/kit/room.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/config/config.h"
#include "common/core/arena.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/log/log.h"
#include "common/session/session.h"
#include "common/svc/svc.h"
#include "tests/kit/step.h"

enum { POOL = 4, THREADS = 8, CALL_MS = 20000, MAX_HEADERS = 32 };
#define CALL_BYTES  ((size_t)64 << 20)

/* The caller of the thread; steps run in the thread that calls kit_call(). */
static _Thread_local struct kit_who caller = { .who = WHO_ANYONE };

/* ---- configuration */

static void
set_unless_told(const char *name, const char *value)
{
	char *file_name = NULL;

	SURE(asprintf(&file_name, "%s_FILE", name) > 0);
	if (getenv(name) == NULL && getenv(file_name) == NULL)
		setenv(name, value, 1);
	free(file_name);
}

static void
set_line(char *line)
{
	char *value = strchr(line, '=');
	size_t n;

	if (value == NULL)
		return;
	*value++ = '\0';
	n = strlen(line);
	if (n > 5 && strcmp(line + n - 5, "_FILE") == 0) {
		char *bare = strndup(line, n - 5);

		if (bare != NULL && getenv(bare) == NULL && getenv(line) == NULL)
			setenv(line, value, 1);
		free(bare);
	} else {
		set_unless_told(line, value);
	}
}

/* What deploy/dev/environment tells this service, once per test folder. A variable of the test's wins. */
static void
load_environment(const char *service)
{
	const char *dir = kit_db_start()->dir, *file;
	char *lines, *line, *rest;
	int lock = kit_lock("environment");

	if (access(kit_print("%s/env/ports", dir), F_OK) != 0)
		kit_run((const char *const[]){ "DURE_FLAVOUR=test", NULL }, "deploy/dev/environment", dir, "free", NULL);
	kit_unlock(lock);
	file = kit_read_file(kit_print("%s/env/%s.env", dir, service));
	if (file == NULL)
		return;
	lines = strdup(file);
	for (line = strtok_r(lines, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		set_line(line);
	free(lines);
}

/* The doors get free ports of their own: what the files say is for a whole suite. */
static void
configure(struct kit *k)
{
	const char *const free_ports[] = { "DURE_LISTEN", "DURE_MANAGE_LISTEN" };
	enum log_level least;

	for (size_t i = 0; i < COUNT_OF(free_ports); i++)
		setenv(free_ports[i], "127.0.0.1:0", 1);
	setenv("DURE_LOG_LEVEL", "warn", 0);
	unsetenv("DURE_DATABASE_URL_FILE");
	setenv("DURE_DATABASE_URL", k->database != NULL ? k->database->url : "", 1);
	load_environment(k->svc->name);
	if (k->database == NULL)
		unsetenv("DURE_DATABASE_URL");
	if (config_read(config_common_keys, config_common_n_keys, &k->config, stderr) > 0 ||
	    config_read(k->svc->config, k->svc->n_config, k->svc->config_values, stderr) > 0)
		kit_fail("the configuration of %s has problems", k->svc->name);
	if (log_level_parse(k->config.log_level, &least))
		log_open(k->svc->name, least);
}

/* ---- opening */

static void
sure_of(const char *what, const struct err *e)
{
	if (e != NULL)
		kit_fail("%s: %s: %s", what, e->slug, e->detail != NULL ? e->detail : "");
}

static const struct err *
identify(struct req *rq, struct text method, struct text path_query, struct text header)
{
	(void)method;
	(void)path_query;
	(void)header;
	rq->who = caller.who;
	rq->user = caller.user;
	rq->company = caller.company;
	rq->session = caller.session;
	rq->permissions = caller.permissions;
	return NULL;
}

/* Relay and job workers are not there to be woken. */
static void
wake_nobody(struct app *app, unsigned what)
{
	(void)app;
	(void)what;
}

static void
open_door(struct kit *k, struct req *rq)
{
	struct http_server_config door = {
		.listen = "127.0.0.1:0", .threads = THREADS, .request_timeout_ms = CALL_MS,
		.body_max_bytes = (size_t)k->config.body_max_bytes, .routes = k->svc->routes,
		.n_routes = k->svc->n_routes, .identify = identify, .ready = k->svc->ready, .app = &k->app,
	};

	sure_of("the HTTP door", http_server_open(rq, &k->server, &door));
}

static void
open_parts(struct kit *k)
{
	struct req rq;

	req_begin(&rq, &k->app, k->mem, TEXT("kit open"), CALL_MS);
	if (k->database != NULL)
		sure_of("the pool", db_pool_open(&rq, &k->app.db, k->database->url, k->svc->name, POOL));
	if (k->svc->needs_redis)
		sure_of("Redis", redis_pool_open(&rq, &k->app.redis, kit_redis_fresh(), 1000));
	if (k->svc->open != NULL)
		sure_of("the service's open()", k->svc->open(&rq, &k->app));
	open_door(k, &rq);
	req_end(&rq);
}

struct kit *
kit_open(const struct svc *svc)
{
	struct kit *k = calloc(1, sizeof(*k));

	SURE(k != NULL);
	kit_db_start();
	k->svc = svc;
	k->ignored = "";
	k->mem = arena_open(CALL_BYTES);
	if (svc->n_migrations > 0)
		k->database = kit_db_fresh(svc->name, svc->migrations, svc->n_migrations);
	configure(k);
	k->app = (struct app){ .service = svc->name, .config = &k->config, .wake = wake_nobody, .audit = svc->audit };
	open_parts(k);
	caller = (struct kit_who){ .who = WHO_ANYONE };
	return k;
}

/* The HTTP door is left alone: nobody can reach it, stopping it takes civetweb a second, and the test's process
 * is about to end. What it refers to must stay, so the kit is only put aside. */
void
kit_close(struct kit **kp)
{
	static struct kit *closed;
	struct kit *k = *kp;

	*kp = NULL;
	k->next_closed = closed;
	closed = k;
	if (k->svc->close != NULL)
		k->svc->close(&k->app);
	if (k->app.redis != NULL)
		redis_pool_close(&k->app.redis);
	if (k->app.db != NULL)
		db_pool_close(&k->app.db);
	if (k->database != NULL)
		kit_db_drop(k->database);
}

struct app *
kit_app(struct kit *k)
{
	return &k->app;
}

const struct kit_database *
kit_database(struct kit *k)
{
	return k->database;
}

/* ---- who calls */

void
kit_as(struct kit *k, struct kit_who who)
{
	(void)k;
	caller = who;
}

void
kit_as_user(struct kit *k, struct uuid user, struct uuid company, uint64_t permissions)
{
	kit_as(k, (struct kit_who){ WHO_STAFF, user, company, uuid_new(), permissions, NULL });
}

void
kit_as_customer(struct kit *k, struct uuid user, struct uuid company)
{
	kit_as(k, (struct kit_who){ WHO_CUSTOMER, user, company, uuid_new(), 0, NULL });
}

void
kit_as_operator(struct kit *k)
{
	kit_as(k, (struct kit_who){ .who = WHO_OPERATOR, .user = uuid_new(), .session = uuid_new() });
}

void
kit_as_service(struct kit *k)
{
	kit_as(k, (struct kit_who){ .who = WHO_SERVICE });
}

void
kit_as_nobody(struct kit *k)
{
	kit_as(k, (struct kit_who){ .who = WHO_ANYONE });
}

/* ---- calling */

struct call {
	struct http_request_header headers[MAX_HEADERS];
	struct http_request        request;
};

static void
add_header(struct call *c, struct arena *mem, const char *line)
{
	const char *colon = strchr(line, ':'), *value;

	if (colon == NULL || c->request.n_headers == MAX_HEADERS)
		kit_fail("no header line, or too many: %s", line);
	value = colon + 1 + strspn(colon + 1, " ");
	c->headers[c->request.n_headers++] = (struct http_request_header){
		arena_copy(mem, (struct text){ line, (size_t)(colon - line) }), arena_text(mem, value) };
}

static bool
has_header(const struct call *c, const char *name)
{
	for (size_t i = 0; i < c->request.n_headers; i++)
		if (strcasecmp(c->headers[i].name.at, name) == 0)
			return true;
	return false;
}

static void
set_method(struct http_request *rq, struct text word)
{
	static const char *const words[] = {
		[HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH",
		[HTTP_DELETE] = "DELETE",
	};

	rq->method_name = word;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (strlen(words[i]) == word.len && memcmp(words[i], word.at, word.len) == 0) {
			rq->method = (enum http_method)i;
			rq->known_method = true;
		}
	}
}

static void
set_target(struct http_request *rq, const char *method_path)
{
	const char *path = strchr(method_path, ' '), *query;

	if (path == NULL)
		kit_fail("\"%s\" is not \"METHOD /path\"", method_path);
	set_method(rq, (struct text){ method_path, (size_t)(path - method_path) });
	path++;
	query = strchr(path, '?');
	rq->path = (struct text){ path, query != NULL ? (size_t)(query - path) : strlen(path) };
	if (query != NULL)
		rq->query = (struct text){ query + 1, strlen(query + 1) };
	rq->client_ip = text_of(caller.ip != NULL ? caller.ip : "127.0.0.1");
}

static void
set_headers(struct call *c, struct arena *mem, va_list lines)
{
	const char *line;

	while ((line = va_arg(lines, const char *)) != NULL)
		add_header(c, mem, line);
	if (c->request.body.len > 0 && !has_header(c, "Content-Type"))
		add_header(c, mem, "Content-Type: application/json");
	if (c->request.known_method && c->request.method == HTTP_POST && !has_header(c, "Idempotency-Key")) {
		char key[UUID_CHARS + 1];

		uuid_print(uuid_new(), key);
		add_header(c, mem, arena_printf(mem, "Idempotency-Key: \"%s\"", key));
	}
	c->request.headers = c->headers;
}

static const char *
slug_of(int status, const char *body)
{
	const char *code = status >= 400 ? kit_json_text(body, "code") : NULL;

	return code != NULL ? code : "";
}

struct kit_reply
kit_call_with(struct kit *k, const char *method_path, const char *json, ...)
{
	struct arena *mem = arena_open(CALL_BYTES);
	struct call call = { .request = { .method = HTTP_GET } };
	struct http_reply answer = { 0 };
	struct kit_reply reply;
	va_list lines;

	set_target(&call.request, method_path);
	call.request.body = json != NULL ? (struct text){ json, strlen(json) } : TEXT("");
	va_start(lines, json);
	set_headers(&call, mem, lines);
	va_end(lines);
	http_handle(k->server, mem, &call.request, &answer);
	reply = (struct kit_reply){ .status = answer.status, .length = answer.body.len };
	reply.body = kit_keep(answer.body.at, answer.body.len);
	reply.head = kit_keep(answer.head.at, answer.head.len);
	reply.slug = slug_of(reply.status, reply.body);
	arena_close(&mem);
	return reply;
}

const char *
kit_header(const struct kit_reply *reply, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = reply->head; line != NULL && *line != '\0';) {
		size_t length = strcspn(line, "\r\n");

		if (length > n && line[n] == ':' && strncasecmp(line, name, n) == 0) {
			size_t skip = n + 1 + strspn(line + n + 1, " ");

			return kit_keep(line + skip, length - skip);
		}
		line += length + strspn(line + length, "\r\n");
	}
	return "";
}

/* ---- clock and faults of this process */

void
kit_clock(struct kit *k, int64_t seconds)
{
	const char *path = kit_db_start()->clock_file;
	int64_t before = clock_now_us(), step = seconds * 1000000;
	const char *old = kit_read_file(path);

	(void)k;
	kit_write_file(path, kit_print("%lld\n", (old != NULL ? atoll(old) : 0) + (long long)step));
	/* Half of the step: time itself goes on meanwhile. */
	kit_until(2000, step >= 0 ? clock_now_us() >= before + step : clock_now_us() <= before + step / 2);
}

void
kit_fault(struct kit *k, const char *faults)
{
	(void)k;
	kit_write_file(kit_db_start()->faults_file, faults);
}
