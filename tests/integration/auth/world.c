/* People of the auth tests. */
#include "tests/integration/auth/world.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "services/auth/service.h"

struct kit *k;

static struct redis_pool *real_redis;

void
world_open(void)
{
	int64_t now, noon;

	setenv("DURE_LOG_LEVEL", "error", 0);
	setenv("DURE_ARGON2_MEMORY_KIB", "64", 0);
	setenv("DURE_ARGON2_PASSES", "1", 0);
	setenv("DURE_PASSWORD_WAITING", "64", 0);
	k = kit_open(&auth_svc);
	now = clock_now_us();
	noon = day_start_us(day_add_days(day_in_seoul(now), 1)) + seconds_us(12 * 3600 + 10);
	kit_clock(k, (noon - now) / 1000000);
}

void
world_open_with(const char *name, const char *value)
{
	setenv(name, value, 1);
	world_open();
}

void
world_close(void)
{
	if (k != NULL)
		kit_close(&k);
}

struct auth *
world_auth(void)
{
	return kit_app(k)->state;
}

/* ---- sign-up */

const char *
phone_number(int n)
{
	return kit_print("0101000%04d", n);
}

struct kit_reply
start(int n)
{
	return kit_call(k, "POST /api/create/token",
	    kit_print("{\"phone\":\"%s\",\"email\":\"p%d@example.com\",\"password\":\"" PASSWORD
	    "\",\"name\":\"사람 %d\"}", phone_number(n), n, n));
}

const char *
token_of(int n)
{
	struct kit_reply r = start(n);

	kit_sure(r.status == 201);
	return kit_json_text(r.body, "token");
}

struct kit_reply
ask_code(const char *token)
{
	return kit_call(k, "POST /api/join/check", kit_print("{\"token\":\"%s\"}", token));
}

struct kit_reply
give_code(const char *token, const char *code)
{
	return kit_call(k, "POST /api/join/check", kit_print("{\"token\":\"%s\",\"code\":\"%s\"}", token, code));
}

struct kit_reply
finish(const char *token)
{
	return kit_call(k, "POST /api/join/do",
	    kit_print("{\"token\":\"%s\",\"useAgree\":true,\"privateAgree\":true,\"marketingAgree\":false}", token));
}

const char *
next_code(void)
{
	const struct verification_requested_v1 *ev = kit_event(k, &verification_requested_v1_event);
	struct text bound = { (const char *)ev->verification_id.b, sizeof(ev->verification_id.b) }, code;
	struct arena *mem = arena_open(1 << 16);
	const char *kept;

	kit_sure(unseal(mem, &world_auth()->seal_key, bound, ev->sealed_code, &code));
	kept = kit_print("%.*s", TEXT_ARG(code));
	arena_close(&mem);
	return kept;
}

const char *
wrong_code(const char *code)
{
	return kit_print("%06d", (atoi(code) + 1) % 1000000);
}

static struct uuid
uuid_at(const char *json, const char *path)
{
	struct uuid u;

	kit_sure(uuid_parse(text_of(kit_json_text(json, path)), &u));
	return u;
}

struct person
join(int n)
{
	const char *token = token_of(n);
	struct kit_reply r;

	kit_sure(ask_code(token).status == 202);
	kit_sure(give_code(token, next_code()).status == 200);
	r = finish(token);
	kit_sure(r.status == 201);
	(void)kit_event(k, &user_joined_v1_event);
	return (struct person){ phone_number(n), uuid_at(r.body, "userId"), uuid_at(r.body, "companyId") };
}

/* ---- sessions */

struct kit_reply
login_as(const char *phone, const char *password)
{
	return kit_call(k, "POST /api/login", kit_print("{\"phone\":\"%s\",\"password\":\"%s\"}", phone, password));
}

struct login
tokens_of(const struct kit_reply *reply)
{
	struct arena *mem = arena_open(1 << 16);
	struct login l = { .access = kit_json_text(reply->body, "accessToken"),
		.refresh = kit_json_text(reply->body, "refreshToken") };
	struct text rest = text_of(l.access), claims;
	const char *json;

	(void)text_cut(&rest, '.');
	kit_sure(text_from_base64url(mem, text_cut(&rest, '.'), &claims));
	json = kit_print("%.*s", TEXT_ARG(claims));
	arena_close(&mem);
	l.session = uuid_at(json, "sid");
	l.jti = uuid_at(json, "jti");
	l.user = uuid_at(json, "sub");
	return l;
}

struct login
log_in(int n)
{
	struct kit_reply r = login_as(phone_number(n), PASSWORD);

	if (r.status != 200)
		kit_fail("log-in: %d %s", r.status, r.body);
	return tokens_of(&r);
}

struct kit_reply
refresh(const char *token)
{
	return kit_call(k, "POST /api/sessions/refresh", kit_print("{\"refreshToken\":\"%s\"}", token));
}

struct kit_reply
log_out(const struct login *who)
{
	struct kit_reply r;

	kit_as(k, (struct kit_who){ .who = WHO_STAFF, .user = who->user, .session = who->session });
	r = kit_call(k, "DELETE /api/sessions/current", NULL);
	kit_as_nobody(k);
	return r;
}

/* ---- Redis */

struct looking { const struct login *who; struct gate_answer seen; };

static const struct err *
look(struct req *rq, void *arg)
{
	struct looking *l = arg;

	return session_gate(rq, rq->app->redis, l->who->session, l->who->jti, NULL, 0, &l->seen);
}

struct gate_answer
gate(const struct login *who)
{
	struct looking l = { .who = who };

	kit_sure(kit_part(k, TX_NONE, look, &l) == NULL);
	return l.seen;
}

const char *
id_of(struct uuid u)
{
	char id[UUID_CHARS + 1];

	uuid_print(u, id);
	return kit_print("%s", id);
}

void
redis_forgets(const struct login *who)
{
	(void)kit_redis_own("DEL session:%s blacklist:%s", id_of(who->session), id_of(who->jti));
}

static const struct err *
open_nowhere(struct req *rq, void *arg)
{
	return redis_pool_open(rq, arg, "unix:///tmp/no_such_redis.sock", 100);
}

void
redis_is_down(void)
{
	real_redis = kit_app(k)->redis;
	kit_sure(kit_part(k, TX_NONE, open_nowhere, &kit_app(k)->redis) == NULL);
}

void
redis_is_back(void)
{
	redis_pool_close(&kit_app(k)->redis);
	kit_app(k)->redis = real_redis;
}

/* ---- many at once */

struct runner { pthread_barrier_t *all; struct kit_reply (*call)(const char *); const char *arg; struct kit_reply reply; };

static void *
run(void *arg)
{
	struct runner *r = arg;

	(void)pthread_barrier_wait(r->all);
	r->reply = r->call(r->arg);
	return NULL;
}

void
at_once(int n, struct kit_reply *replies, struct kit_reply (*call)(const char *), const char *arg)
{
	struct runner *runners = calloc((size_t)n, sizeof(*runners));
	pthread_t *threads = calloc((size_t)n, sizeof(*threads));
	pthread_barrier_t all;

	kit_sure(pthread_barrier_init(&all, NULL, (unsigned)n) == 0);
	for (int i = 0; i < n; i++) {
		runners[i] = (struct runner){ .all = &all, .call = call, .arg = arg };
		kit_sure(pthread_create(&threads[i], NULL, run, &runners[i]) == 0);
	}
	for (int i = 0; i < n; i++) {
		kit_sure(pthread_join(threads[i], NULL) == 0);
		replies[i] = runners[i].reply;
	}
	(void)pthread_barrier_destroy(&all);
	free(runners);
	free(threads);
}

int
count_status(const struct kit_reply *replies, int n, int status)
{
	int found = 0;

	for (int i = 0; i < n; i++)
		found += replies[i].status == status;
	return found;
}

bool
database_holds(const char *needle)
{
	char *tables = strdup(kit_sql(k, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"));
	char *rest = tables, *table;
	bool found = false;

	kit_sure(strstr(tables, "signup") != NULL);
	while ((table = strsep(&rest, "\n")) != NULL)
		found = found || *kit_sql(k, "SELECT 1 FROM %s t WHERE t::text LIKE '%%%s%%' OR t::text LIKE '%%' || "
		    "encode('%s'::bytea, 'hex') || '%%' LIMIT 1", table, needle, needle) != '\0';
	free(tables);
	return found;
}
