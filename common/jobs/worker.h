/* Inside the room: the workers, and one run of one job. */
#ifndef JOBS_WORKER_H
#define JOBS_WORKER_H
#include <pthread.h>

#include "common/jobs/jobs.h"

/* Lock: lock alone, never held while a statement or a step runs. */
struct jobs {
	struct app            *app;
	const struct job_type *types;
	size_t                 n_types;
	/* The kinds by how they are claimed: with a lease (NONE, READ) or in the step's transaction (WRITE). */
	struct text           *leased, *locked;
	int32_t               *leases;          /* seconds, beside leased */
	size_t                 n_leased, n_locked;
	pthread_t             *threads;
	size_t                 n_threads, n_started;      /* n_started: of the thread that opens and closes */
	pthread_mutex_t        lock;
	pthread_cond_t         asked;
	unsigned               looks;           /* wakes not yet answered */
	int64_t                next_look_us, next_count_us;      /* clock_mono_us() */
	int64_t               *day_begun;       /* per type: start of the Seoul day it was last put for */
	bool                   stopping;
};

/* What the step in hand of this thread asked for by job_again(). */
struct job_running {
	struct uuid  id;
	bool         again;
	int64_t      due_us;
	struct text  payload;
};
extern _Thread_local struct job_running *job_running;

/* Puts what is due daily and counts, then runs one job that is due, if any: *ran. An error is about the
 * database, never about a step. Uses and resets mem. */
const struct err *jobs_turn(struct jobs *j, struct arena *mem, bool *ran) MUST_USE;
/* count.c: now and then, what waits and what was given up becomes gauges. */
const struct err *jobs_count(struct jobs *j, struct req *rq) MUST_USE;
const struct job_type *jobs_type_of(const struct jobs *j, struct text kind);

/* 1 s, 2 s, 4 s … 10 min, ± 20 %, for the number of attempts so far (≥ 1). */
int64_t     jobs_pause_us(int32_t attempts);
#endif
