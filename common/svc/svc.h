/* What a service is, and the one main() of all of them: commands, start in order, drain, stop. */
#ifndef SVC_SVC_H
#define SVC_SVC_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/db/db.h"
#include "common/http/http.h"
#include "common/inbox/inbox.h"
#include "common/jobs/jobs.h"

/* A command beside serve, migrate, check-config, probe, parked, --version, --help: "operator add 010… name". It
 * gets a request bracket of its own (TX_NONE), with pool and Redis open, and prints its result. */
struct svc_command {
	const char *name, *usage, *what;
	const struct err *(*run)(struct req *rq, int argc, char **argv);
};

struct svc {
	const char                 *name;                             /* "commerce": schema, role prefix, log name */
	const struct http_route    *routes;     size_t n_routes;
	const struct inbox_listen  *listens;    size_t n_listens;
	const struct job_type      *jobs;       size_t n_jobs;
	/* Those that wait for strangers: with threads of their own, so that no timer waits behind them. */
	const struct job_type      *apart;      size_t n_apart;
	const struct config_key    *config;     size_t n_config;      /* beside the common ones */
	void                       *config_values;                    /* the service's own config struct */
	const struct db_migration  *migrations; size_t n_migrations;  /* empty: no PostgreSQL */
	const struct svc_command   *commands;   size_t n_commands;
	bool                        needs_redis, publishes;
	/* Opens what only this service has (app->state), after pools and before the doors; refuses by an error. */
	const struct err         *(*open)(struct req *rq, struct app *app);
	/* Only auth, which has the table: writes a row of the audit log in the transaction at hand. */
	const struct err         *(*audit)(struct req *rq, const struct audit_recorded_v1 *row);
	/* After the doors are closed and nothing is in hand. */
	void                      (*close)(struct app *app);
	/* Beside PostgreSQL, Redis and the bus: may the service take work? NULL: nothing more to ask. */
	const struct err         *(*ready)(struct req *rq);
	/* NULL: the Dure-Identity header is verified with identity_keys, under /internal/ with pair_keys. */
	const struct err         *(*identify)(struct req *rq, struct text method, struct text path_query, struct text header);
	/* The gateway takes every request itself and needs no identity keys of the common table; NULL for all others. */
	void                      (*take)(struct req *rq, const struct http_request *in, struct http_reply *out);
	/* The gateway's access log: told of each request; see http.h. NULL for all others. */
	void                      (*seen)(struct req *rq, const struct http_request *in, int status, int64_t took_us);
	const struct http_websocket *websocket;
	/* Changes what the HTTP door is opened with, after open(); NULL: nothing. */
	void                      (*door)(struct http_server_config *config);
	/* prod checks of check-config beyond the common ones: a line per problem, returns how many. */
	int                       (*check)(const void *config_values, bool prod, FILE *problems);
};

int svc_main(int argc, char **argv, const struct svc *svc);
#endif
