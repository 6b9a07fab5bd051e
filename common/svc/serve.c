/* The life of a service: open in order, wait for the signal, drain, close. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/inbox/inbox.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/otlp/otlp.h"
#include "common/outbox/outbox.h"
#include "common/outside/outside.h"
#include "common/session/session.h"
#include "common/svc/room.h"

/* OPEN_MS: what a start may wait for. MANAGE_OFFSET: the design's. JOB_THREADS: jobs wait for providers, so a
 * few at a time; each holds a connection of the pool only while it writes. APART_THREADS wait for strangers.
 * Browsers keep idle connections to the gateway, the gateway keeps those to the services longer than it itself uses them. */
enum { OPEN_MS = 10000, READY_MS = 2000, LOOK_MS = 1000, LOOK_EVERY_S = 5, MANAGE_OFFSET = 1000, JOB_THREADS = 4,
	APART_THREADS = 8, REDIS_TIMEOUT_MS = 300, MEM_BYTES = 16777216, KEEP_BROWSER_MS = 5000, KEEP_GATEWAY_MS = 60000,
	MAX_JOBS = 64, MAX_ROUTES = 256 };

static void
wake(struct app *app, unsigned what)
{
	if ((what & APP_WAKE_RELAY) != 0 && app->relay != NULL)
		relay_wake(app->relay);
	if ((what & APP_WAKE_JOBS) != 0 && app->jobs != NULL)
		jobs_wake(app->jobs);
	if ((what & APP_WAKE_JOBS) != 0 && process.apart != NULL)
		jobs_wake(process.apart);
}

const struct err *
svc_pools_open(struct req *rq)
{
	struct app *app = &process.app;

	app->service = process.svc->name;
	app->config = &process.config;
	app->wake = wake;
	app->audit = process.svc->audit;
	if (process.svc->n_migrations > 0)
		TRY(db_pool_open(rq, &app->db, process.config.database_url, process.svc->name, (int)process.config.database_pool));
	if (process.svc->needs_redis)
		TRY(redis_pool_open(rq, &app->redis, process.config.redis_url, REDIS_TIMEOUT_MS));
	return NULL;
}

void
svc_pools_close(void)
{
	if (process.app.redis != NULL)
		redis_pool_close(&process.app.redis);
	if (process.app.db != NULL)
		db_pool_close(&process.app.db);
}

METRIC(is_ready, GAUGE, "dure_ready", NULL,
    "1 when all that it needs answered a few seconds ago: PostgreSQL, Redis, at the gateway the key set of auth");

/* A service that is newer than its schema would fail its callers: it waits for the migrations, in a rolling update behind
 * the version before. They never go back, so who has seen them all does not ask again. */
static const struct err *
migrated(struct req *rq)
{
	static bool seen;

	if (__atomic_load_n(&seen, __ATOMIC_RELAXED))
		return NULL;
	TRY(db_migrated(rq, process.app.db, process.svc->migrations, process.svc->n_migrations));
	__atomic_store_n(&seen, true, __ATOMIC_RELAXED);
	return NULL;
}

static const struct err *
ask_databases(struct req *rq)
{
	int64_t limit_us = clock_mono_us() + (int64_t)READY_MS * 1000;

	rq->deadline_us = limit_us < rq->deadline_us ? limit_us : rq->deadline_us;
	if (process.app.db != NULL)
		TRY(db_ready(rq, process.app.db));
	if (process.app.db != NULL)
		TRY(migrated(rq));
	return process.app.redis != NULL ? redis_ready(rq, process.app.redis) : NULL;
}

static const struct err *
ask_all(struct req *rq)
{
	TRY(ask_databases(rq));
	return process.svc->ready != NULL ? process.svc->ready(rq) : NULL;
}

/* The connections that probes are answered with, before the threads make theirs: a dozen handshakes at once take as long
 * for each of them. Whether they come about is /readyz's to tell; a database that hangs may not keep the doors closed. */
static void
connect_first(struct req *rq)
{
	int64_t deadline_us = rq->deadline_us;

	(void)ask_databases(rq);
	rq->deadline_us = deadline_us;
}

/* Asked by probes every few seconds: it must answer before they give up. */
static const struct err *
ready(struct req *rq)
{
	const struct err *e = ask_all(rq);

	metric_set(&is_ready, NULL, e == NULL);
	return e;
}

/* "127.0.0.1:8101" becomes "127.0.0.1:9101"; port 0 stays 0. */
static const char *
manage_listen(struct req *rq)
{
	const char *listen = process.config.listen, *colon = strrchr(listen, ':');
	int64_t port;

	if (process.config.manage_listen != NULL && process.config.manage_listen[0] != '\0')
		return process.config.manage_listen;
	if (!text_to_i64(text_of(colon != NULL ? colon + 1 : listen), &port))
		return NULL;
	port = port == 0 ? 0 : port + MANAGE_OFFSET;
	return arena_printf(rq->mem, "%.*s%lld", colon != NULL ? (int)(colon + 1 - listen) : 0, listen, (long long)port);
}

/* The service's own routes, and those that programs outside have at every publisher. */
static size_t
all_routes(const struct http_route **out)
{
	static struct http_route routes[MAX_ROUTES];
	const struct svc *svc = process.svc;
	size_t n = svc->n_routes, more = process.app.outside != NULL ? outside_n_routes : 0;

	*out = svc->routes;
	if (more == 0)
		return n;
	SURE(n + more <= MAX_ROUTES);
	memcpy(routes, svc->routes, n * sizeof(*routes));
	memcpy(routes + n, outside_routes, more * sizeof(*routes));
	*out = routes;
	return n + more;
}

static const struct err *
open_http(struct req *rq)
{
	const struct svc *svc = process.svc;
	const struct http_route *routes;
	size_t n_routes = all_routes(&routes);
	struct http_server_config config = {
		.listen = process.config.listen,
		.manage_listen = manage_listen(rq),
		.threads = (int)process.config.http_threads,
		.keep_alive_ms = svc->take != NULL ? KEEP_BROWSER_MS : KEEP_GATEWAY_MS,
		.request_timeout_ms = (int)process.config.request_timeout_ms,
		.body_max_bytes = (size_t)process.config.body_max_bytes,
		.routes = routes, .n_routes = n_routes,
		.identify = svc->identify != NULL ? svc->identify : svc_identify,
		.ready = ready, .app = &process.app, .take = svc->take, .seen = svc->seen,
		.websocket = svc->websocket,
	};

	if (svc->door != NULL)
		svc->door(&config);
	return http_server_open(rq, &process.http, &config);
}

static const struct err *
open_otlp(struct req *rq)
{
	const struct config_common *v = &process.config;
	const struct otlp_config config = { .endpoint = v->otlp_endpoint, .headers = v->otlp_headers,
		.timeout_ms = (int)v->otlp_timeout_ms,
		.source = { .service = process.svc->name, .version = svc_version, .stage = v->stage } };

	if (v->otlp_endpoint == NULL || v->otlp_endpoint[0] == '\0')
		return NULL;
	return otlp_open(rq, &process.otlp, &process.app, &config);
}

static const struct err *
open_jobs(struct req *rq)
{
	static struct job_type types[MAX_JOBS + 1];
	size_t n = process.svc->n_jobs;

	SURE(n <= MAX_JOBS);
	for (size_t i = 0; i < n; i++)
		types[i] = process.svc->jobs[i];
	types[n] = http_idempotency_reaper;
	TRY(jobs_open(rq, &process.app.jobs, &process.app, types, n + 1, JOB_THREADS));
	if (process.svc->n_apart == 0)
		return NULL;
	return jobs_open(rq, &process.apart, &process.app, process.svc->apart, process.svc->n_apart, APART_THREADS);
}

/* Doors last: nothing comes in before what it needs is there. Who wakes another is opened after it and closed before
 * it: events and requests wake jobs, all of them wake the relay. */
static const struct err *
open_all(struct req *rq)
{
	const struct svc *svc = process.svc;

	TRY(svc_pools_open(rq));
	connect_first(rq);
	TRY(open_otlp(rq));
	if (svc->open != NULL)
		TRY(svc->open(rq, &process.app));
	if (svc->publishes)
		TRY(relay_open(rq, &process.app.relay, &process.app));
	if (svc->publishes)
		TRY(outside_open(rq, &process.app.outside, &process.app));
	if (process.app.db != NULL)
		TRY(open_jobs(rq));
	if (svc->n_listens > 0)
		TRY(inbox_open(rq, &process.inbox, &process.app, svc->listens, svc->n_listens));
	return open_http(rq);
}

static void
close_all(void)
{
	http_server_close(&process.http, (int)process.config.drain_ms);
	outside_close(&process.app.outside);
	if (process.inbox != NULL)
		inbox_close(&process.inbox);
	if (process.apart != NULL)
		jobs_close(&process.apart);
	if (process.app.jobs != NULL)
		jobs_close(&process.app.jobs);
	if (process.app.relay != NULL)
		relay_close(&process.app.relay);
	if (process.svc->close != NULL)
		process.svc->close(&process.app);
	otlp_close(&process.otlp);
	svc_pools_close();
}

/* Blocked before the first thread, so that all inherit it and only the main thread takes these, in sigwait(). */
static void
block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	SURE(pthread_sigmask(SIG_BLOCK, set, NULL) == 0);
}

static int
start(void)
{
	struct req rq;
	int64_t began_us = clock_mono_us();

	req_begin(&rq, &process.app, process.mem, TEXT("start"), OPEN_MS);
	const struct err *e = open_all(&rq);
	if (e != NULL)
		log_err(&rq, LV_ERROR, "svc.not_started", e);
	else
		LOG(&rq, INFO, "svc.ready", kv_i("ms", (clock_mono_us() - began_us) / 1000));
	req_end(&rq);
	arena_reset(process.mem);
	return e != NULL ? 1 : 0;
}

/* Balancers send requests until they have noticed that the service is not ready, and callers until their connection has
 * said that it closes. A second signal is somebody who will not wait. */
static void
leave(const sigset_t *stops)
{
	int64_t ms = process.config.shutdown_delay_ms;
	struct timespec delay = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000L };

	__atomic_store_n(&process.app.draining, true, __ATOMIC_RELEASE);
	http_server_leave(process.http);
	if (ms > 0)
		(void)sigtimedwait(stops, NULL, &delay);
}

/* An idle process that nobody probes looks all the same, or its metrics would say that all is well. */
static void
look(void)
{
	struct req rq;

	req_begin(&rq, &process.app, process.mem, TEXT("look"), LOOK_MS);
	(void)ready(&rq);
	req_end(&rq);
	arena_reset(process.mem);
}

static int
wait_for_stop(const sigset_t *stops)
{
	const struct timespec every = { .tv_sec = LOOK_EVERY_S };
	int signal_number;

	do
		look();
	while ((signal_number = sigtimedwait(stops, NULL, &every)) < 0);
	return signal_number;
}

int
svc_serve(void)
{
	enum log_level level = LV_INFO;
	sigset_t stops;
	int problems = svc_configure(stderr);

	if (problems > 0) {
		fprintf(stderr, "%s: not started, %d problem%s in the configuration\n", process.svc->name, problems,
		    problems == 1 ? "" : "s");
		return 2;
	}
	SURE(log_level_parse(process.config.log_level, &level));
	log_open(process.svc->name, level);
	req_sample(process.config.trace_ratio);
	block_signals(&stops);
	process.mem = arena_open(MEM_BYTES);
	int failed = start();
	if (failed == 0) {
		LOG(NULL, INFO, "svc.stopping", kv_i("signal", wait_for_stop(&stops)));
		leave(&stops);
	}
	close_all();
	LOG(NULL, INFO, "svc.stopped", kv_i("failed", failed));
	arena_close(&process.mem);
	return failed;
}
