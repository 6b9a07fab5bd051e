/* Databases and processes of the event tests. */
#include "tests/integration/events/world.h"

#include <arpa/inet.h>
#include <postgresql/libpq-fe.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/config/config.h"
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/log/log.h"
#include "tests/integration/events/pg.h"
#include "tests/integration/events/steps.h"

static const char *const schema[WORLD_SIDES] = { "shop", "desk", "till" };

/* The socket stays bound as long as the process, so that no other test is given the port;
 * SO_REUSEADDR, which nng sets too, lets the listener have it all the same. */
static int
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t len = sizeof(a);

	SURE(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	SURE(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	SURE(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	return ntohs(a.sin_port);
}

static PGresult *
query(const char *url, const char *sql)
{
	PGconn *pg = PQconnectdb(url);
	PGresult *res = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(res);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		(void)fprintf(stderr, "%s\n%s\n", sql, PQerrorMessage(pg));
	SURE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
	PQfinish(pg);
	return res;
}

static size_t
append_file(const char *path, char *to, size_t room)
{
	FILE *file = fopen(path, "r");

	SURE(file != NULL);
	size_t n = fread(to, 1, room - 1, file);
	to[n] = '\0';
	(void)fclose(file);
	return n;
}

static void
migrate(const struct world *w, enum world_side side)
{
	static const char *const files[] = { "common/db/migrations/0001_outbox_inbox.sql",
		"common/db/migrations/0004_outbox_subscriber.sql", "common/db/migrations/0005_outbox_cheaper.sql" };
	static char sql[32768];
	size_t n = (size_t)snprintf(sql, sizeof(sql), "CREATE SCHEMA %s; SET search_path = %s;",
	    schema[side], schema[side]);

	for (size_t i = 0; i < COUNT_OF(files); i++)
		n += append_file(files[i], sql + n, sizeof(sql) - n);
	PQclear(query(w->url[side], sql));
}

static void
make_database(struct world *w, enum world_side side)
{
	char sql[128];

	(void)snprintf(w->name[side], sizeof(w->name[side]), "%s_%d", schema[side], (int)getpid());
	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s", w->name[side]);
	PQclear(query(pg_url("postgres"), sql));
	(void)snprintf(w->url[side], sizeof(w->url[side]), "%s", pg_url(w->name[side]));
	migrate(w, side);
}

static void
make_tables(const struct world *w)
{
	char key[UUID_CHARS + 1];

	(void)world_sql(w, SHOP,
	    "CREATE TABLE keys (key uuid PRIMARY KEY, n bigint NOT NULL DEFAULT 0) WITH "
	    "(fillfactor = 20)");
	for (int k = 0; k < WORLD_KEYS; k++) {
		uuid_print(key_of(k), key);
		(void)world_sql(w, SHOP, "INSERT INTO keys (key) VALUES ('%s')", key);
	}
	for (int side = DESK; side < WORLD_SIDES; side++)
		(void)world_sql(w, (enum world_side)side, "CREATE TABLE heard (at bigserial PRIMARY KEY, key uuid NOT NULL, "
		    "n bigint NOT NULL); CREATE TABLE poison (key uuid NOT NULL, n bigint NOT NULL)");
}

void
world_open(struct world *w)
{
	struct req rq;
	struct arena *mem = arena_open(65536);

	memset(w, 0, sizeof(*w));
	(void)snprintf(w->home, sizeof(w->home), "%s/world.XXXXXX", getenv("EVENTS_PG"));
	SURE(mkdtemp(w->home) != NULL);
	int n = 0;
	for (int r = 0; r < WORLD_REPLICAS; r++) {
		w->pub_port[r] = free_port();
		w->ask_port[r] = free_port();
		n += snprintf(w->peers + n, sizeof(w->peers) - (size_t)n, "%sshop=127.0.0.1:%d:%d",
		    r > 0 ? "," : "", w->pub_port[r], w->ask_port[r]);
	}
	for (int side = SHOP; side < WORLD_SIDES; side++)
		make_database(w, (enum world_side)side);
	make_tables(w);
	log_open("test", LV_ERROR);
	req_begin(&rq, NULL, mem, TEXT("test"), 10000);
	w->app.service = "shop";
	SURE(db_pool_open(&rq, &w->app.db, w->url[SHOP], "shop", 8) == NULL);
	req_end(&rq);
	arena_close(&mem);
}

void
world_close(struct world *w)
{
	char command[160];

	for (size_t i = 0; i < w->n_nodes; i++)
		if (w->nodes[i] > 0)
			world_kill(w, w->nodes[i]);
	db_pool_close(&w->app.db);
	for (int side = SHOP; side < WORLD_SIDES; side++) {
		(void)snprintf(
		    command, sizeof(command), "DROP DATABASE %s WITH (FORCE)", w->name[side]);
		PQclear(query(pg_url("postgres"), command));
	}
	(void)snprintf(command, sizeof(command), "rm -rf %s", w->home);
	SURE(system(command) == 0);
}

static const char *
fault_file(const struct world *w, enum world_side side, int replica)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s%d.faults", w->home, schema[side], replica);
	return path;
}

void
world_fault(struct world *w, enum world_side side, int replica, const char *faults)
{
	char fresh[140];
	const char *path = fault_file(w, side, replica);

	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	FILE *file = fopen(fresh, "w");
	SURE(file != NULL && fputs(faults, file) >= 0 && fclose(file) == 0);
	SURE(rename(fresh, path) == 0);
}

static void
wake_relay(struct app *app, unsigned what)
{
	if ((what & APP_WAKE_RELAY) != 0 && app->relay != NULL)
		relay_wake(app->relay);
}

static void
serve(struct world *w, enum world_side side, int replica)
{
	static char listen[2][32];
	struct config_common config = {
		.stage = "test", .bus_peers = w->peers, .database_url = w->url[side]
	};
	struct app app = { .service = schema[side], .config = &config, .wake = wake_relay };
	struct arena *mem = arena_open(1048576);
	struct inbox *in = NULL;
	struct req rq;
	sigset_t end;
	int signal;

	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &end, NULL);
	log_open(schema[side], getenv("EVENTS_VERBOSE") != NULL ? LV_INFO : LV_ERROR);
	(void)snprintf(listen[0], sizeof(listen[0]), "127.0.0.1:%d", w->pub_port[replica]);
	(void)snprintf(listen[1], sizeof(listen[1]), "127.0.0.1:%d", w->ask_port[replica]);
	config.bus_listen = side == SHOP ? listen[0] : NULL;
	config.bus_ask_listen = side == SHOP ? listen[1] : NULL;
	req_begin(&rq, &app, mem, TEXT("node"), 10000);
	SURE(db_pool_open(&rq, &app.db, w->url[side], schema[side], 4) == NULL);
	if (side == SHOP)
		SURE(relay_open(&rq, &app.relay, &app) == NULL);
	else
		SURE(inbox_open(&rq, &in, &app, desk_listens, COUNT_OF(desk_listens)) == NULL);
	SURE(sigwait(&end, &signal) == 0);
	inbox_close(&in);
	relay_close(&app.relay);
	db_pool_close(&app.db);
	arena_close(&mem);
}

pid_t
world_start(struct world *w, enum world_side side, int replica, const char *faults)
{
	world_fault(w, side, replica, faults);
	pid_t parent = getpid(), pid = fork();

	SURE(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		fault_arm(NULL, fault_file(w, side, replica));
		serve(w, side, replica);
		exit(0);
	}
	SURE(w->n_nodes < WORLD_NODES);
	w->nodes[w->n_nodes++] = pid;
	return pid;
}

/* Waits for its end, but not for ever. */
static int
reap(struct world *w, pid_t node)
{
	int64_t end = clock_mono_us() + 20000000;
	int status = 0;
	pid_t done;

	while ((done = waitpid(node, &status, WNOHANG)) == 0 && clock_mono_us() < end)
		(void)usleep(5000);
	cr_assert_eq(done, node, "a node that was to end goes on");
	for (size_t i = 0; i < w->n_nodes; i++)
		if (w->nodes[i] == node)
			w->nodes[i] = 0;
	return status;
}

void
world_kill(struct world *w, pid_t node)
{
	(void)kill(node, SIGKILL);
	(void)reap(w, node);
}

void
world_stop(struct world *w, pid_t node)
{
	SURE(kill(node, SIGTERM) == 0);
	int status = reap(w, node);
	cr_assert(
	    WIFEXITED(status) && WEXITSTATUS(status) == 0, "a node ended with status %d", status);
}

void
world_died(struct world *w, pid_t node)
{
	int status = reap(w, node);

	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "a node ended with status %d",
	    status);
}

void
world_text(
    const struct world *w, enum world_side side, const char *sql, char *out, size_t out_bytes)
{
	char whole[2048];

	(void)snprintf(whole, sizeof(whole), "SET search_path = %s; %s", schema[side], sql);
	PGresult *res = query(w->url[side], whole);
	(void)snprintf(out, out_bytes, "%s", PQntuples(res) > 0 ? PQgetvalue(res, 0, 0) : "");
	PQclear(res);
}

int64_t
world_sql(const struct world *w, enum world_side side, const char *fmt, ...)
{
	char sql[1024], said[64];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(sql, sizeof(sql), fmt, args);
	va_end(args);
	world_text(w, side, sql, said, sizeof(said));
	return strtoll(said, NULL, 10);
}

void
world_until(
    const struct world *w, enum world_side side, const char *sql, int64_t is, int timeout_ms)
{
	int64_t end = clock_mono_us() + (int64_t)timeout_ms * 1000, now;

	while ((now = world_sql(w, side, "%s", sql)) != is) {
		cr_assert(clock_mono_us() < end, "%s is %lld and not %lld", sql, (long long)now,
		    (long long)is);
		(void)usleep(20000);
	}
}

void
world_all_heard_by(const struct world *w, enum world_side side, int timeout_ms)
{
	int64_t written = world_sql(w, SHOP, "SELECT sum(n) FROM keys");

	world_until(w, side, "SELECT count(n) FROM heard", written, timeout_ms);
	cr_assert_eq(
	    world_sql(w, side,
		"SELECT count(n) FROM (SELECT n, row_number() OVER (PARTITION BY key ORDER BY at) "
		"AS nth FROM heard) h WHERE n <> nth"),
	    0, "some key was heard out of order, or twice and with a hole");
}

void
world_all_heard(const struct world *w, int timeout_ms)
{
	world_all_heard_by(w, DESK, timeout_ms);
}
