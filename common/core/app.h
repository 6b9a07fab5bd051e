/* The process: what svc opened, in the order it was opened. Read-only once the doors are open. */
#ifndef CORE_APP_H
#define CORE_APP_H
#include "common/core/base.h"

struct config_common;
struct db_pool;
struct redis_pool;
struct bus_publisher;
struct relay;
struct jobs;
struct outside;
struct trace_ring;
struct req;
struct err;
struct audit_recorded_v1;

enum { APP_WAKE_RELAY = 1, APP_WAKE_JOBS = 2 };

struct app {
	const char                 *service;      /* "commerce" */
	const struct config_common *config;
	struct db_pool             *db;           /* NULL in a service without PostgreSQL */
	struct redis_pool          *redis;        /* NULL in a service without Redis */
	struct relay               *relay;
	struct jobs                *jobs;
	struct outside             *outside;      /* NULL: nothing for programs outside */
	struct trace_ring          *traces;       /* NULL: nobody collects spans */
	void                       *state;        /* the service's own, made by svc.open() */
	/* Writes a row of the audit log where its table is; NULL: an event carries it there (common/audit). */
	const struct err         *(*audit)(struct req *rq, const struct audit_recorded_v1 *row);
	/* After a commit that left outbox rows or due jobs behind: wakes their threads. Never blocks. */
	void                      (*wake)(struct app *app, unsigned what);
	/* Gauges of the service that need a statement, within the bracket of a worker of the jobs, every few seconds. NULL:
	 * none. Set before the jobs are opened. */
	const struct err         *(*gauge)(struct req *rq);
	bool                        commanded;    /* a command beside the running service: it opens no door */
	bool                        draining;     /* set once, read with __atomic_load_n */
};
#endif
