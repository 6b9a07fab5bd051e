/* Durable timers and outgoing work: rows claimed with SKIP LOCKED, retried, parked. */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H
#include "common/core/req.h"

/* attempts counts this run: 1 at the first. */
struct job { struct uuid id; struct text kind, key, payload; int32_t attempts; int64_t due_us; };

/* NULL: the job is done and its row deleted, unless the step called job_again(). An error: tried again after a
 * pause. A step of WRITE does SQL only and is run again after a deadlock; a step of NONE or READ may be run twice
 * when its process dies or outlives the lease, so what it causes outside must bear that (idempotency keys). */
typedef const struct err *job_door(struct req *rq, const struct job *job);
struct job_type {
	const char *kind;             /* "message_send" */
	job_door   *door;
	enum tx     tx;               /* WRITE: the row goes in the step's own transaction. NONE: it calls a provider */
	int         tries;            /* then the row is parked */
	int         lease_s;          /* NONE, READ: another worker may take it after this; 9/10 of it are the step's
	                               * deadline. WRITE: the deadline; 0: 60 s */
	int         daily_hour_kst;   /* ≥ 0: runs once per Seoul day at this hour, key = the day as YYYY-MM-DD; a
	                               * service that was down then runs it when it is back, of several days the last
	                               * (a step that needs each puts the others). −1: on demand */
};

/* Puts a job into the caller's transaction (queued); db_in_tx() must hold. (kind, key) is unique while the row
 * lives, parked or running included; a second put of the same is ignored. payload is opaque and at most 8 KiB,
 * kind and key at most 200 bytes. The job's run carries on the trace of rq. */
const struct err *job_put(struct req *rq, const char *kind, struct text key, struct text payload, int64_t due_us) MUST_USE;
/* Takes it out again, in the caller's transaction (queued). A run under way is not stopped. */
const struct err *job_cancel(struct req *rq, const char *kind, struct text key) MUST_USE;
/* From within a step: not done yet, call me again then (attempts start anew). Takes effect when the step returns
 * NULL, in the step's own transaction for WRITE. payload .at NULL keeps the old one. */
const struct err *job_again(struct req *rq, const struct job *job, int64_t due_us, struct text payload) MUST_USE;

/* threads workers (0: who opens them calls jobs_turn() himself) with an arena each, on app->db; woken by jobs_wake(),
 * looking by themselves every 200 ms. A failure waits 1 s, 2 s, 4 s … at most 10 min, each ± 20 %. types must live as
 * long as the process. Rows of kinds that are not in types are left alone. jobs_close() waits for the steps in hand. */
struct jobs;
const struct err *jobs_open(struct req *rq, struct jobs **out, struct app *app, const struct job_type *types, size_t n,
    int threads) MUST_USE;
void        jobs_wake(struct jobs *j);
void        jobs_close(struct jobs **j);
/* For the service's commands, in a bracket of NONE: a line each on stdout; gives one back to the workers (dry:
 * only says so). */
const struct err *jobs_parked_list(struct req *rq) MUST_USE;
const struct err *jobs_parked_show(struct req *rq, struct uuid id) MUST_USE;
const struct err *jobs_parked_redrive(struct req *rq, struct uuid id, bool dry) MUST_USE;
#endif
