/* One turn of a worker: look, claim one job, run its step, write down how it ended. */
#include <string.h>

#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/jobs/worker.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/trace/trace.h"
#include "gen/common/jobs/jobs.sql.h"

/* LEASE_DEFAULT_S: for steps that name no time. BOOK_MS: the workers' own statements are small. */
enum { LEASE_DEFAULT_S = 60, BOOK_MS = 5000, PAUSE_MAX_S = 600 };

METRIC(running, GAUGE, "dure_jobs_running", "kind", "Jobs whose step runs in this process now");
METRIC(duration, HISTOGRAM, "dure_job_duration_seconds", "kind", "How long steps of jobs took");
METRIC(failures, COUNTER, "dure_job_failures_total", "kind", "Runs of jobs that failed");

/* One claimed job. lease is nil for a job that is held by its row's lock. */
struct run {
	struct jobs           *jobs;
	const struct job_type *type;
	struct job             job;
	struct text            trace;
	struct uuid            lease;
	struct req             rq;
	struct job_running     running;
};

int64_t
jobs_pause_us(int32_t attempts)
{
	int64_t pause_s = attempts > 10 ? PAUSE_MAX_S : INT64_C(1) << (attempts < 1 ? 0 : attempts - 1);
	int64_t pause_us = (pause_s > PAUSE_MAX_S ? PAUSE_MAX_S : pause_s) * 1000000;

	return pause_us * (800 + (int64_t)random_below(401)) / 1000;
}

const struct job_type *
jobs_type_of(const struct jobs *j, struct text kind)
{
	for (size_t i = 0; i < j->n_types; i++)
		if (text_is(kind, j->types[i].kind))
			return &j->types[i];
	return NULL;
}

static int
seconds_of(const struct job_type *type)
{
	return type->lease_s > 0 ? type->lease_s : LEASE_DEFAULT_S;
}

/* A unit of work for the worker's own statements. */
static void
book(struct req *rq, struct jobs *j, struct arena *mem)
{
	req_begin(rq, j->app, mem, TEXT("jobs"), BOOK_MS);
	rq->tx = TX_NONE;
}

/* The unit of work of the step; 9/10 of the lease, so that it has ended when another may begin. */
static void
begin_step(struct run *r, struct arena *mem)
{
	int ms = seconds_of(r->type) * (r->type->tx == TX_WRITE ? 1000 : 900);

	req_begin(&r->rq, r->jobs->app, mem, text_of(arena_printf(mem, "job %s", r->type->kind)), ms);
	req_follow(&r->rq, r->trace, (struct text){ NULL, 0 });
	r->rq.who = WHO_SERVICE;
	r->rq.tx = r->type->tx;
	r->running = (struct job_running){ .id = r->job.id };
}

static const struct err *
call_step(struct run *r)
{
	int64_t since = clock_mono_us();
	const struct err *e;

	FAULT_POINT("jobs.claimed");
	job_running = &r->running;
	metric_add(&running, r->type->kind, 1);
	e = r->type->door(&r->rq, &r->job);
	job_running = NULL;
	struct span span = { .kind = SPAN_INTERNAL, .name = r->rq.door, .took_us = clock_mono_us() - since,
		.error = e != NULL ? e->slug : NULL };
	metric_add(&running, r->type->kind, -1);
	metric_observe_us(&duration, r->type->kind, span.took_us);
	SPAN(&r->rq, &span, kv_u("dure.job.id", r->job.id), kv_i("dure.job.attempt", r->job.attempts));
	return e;
}

static void
tell(const struct run *r, const struct err *e, bool park)
{
	if (e == NULL) {
		LOG(&r->rq, INFO, r->running.again ? "job.again" : "job.done", kv_s("kind", r->type->kind),
		    kv_u("job", r->job.id), kv_i("attempt", r->job.attempts));
		return;
	}
	metric_add(&failures, r->type->kind, 1);
	log_err(&r->rq, park ? LV_ERROR : LV_WARN, park ? "job.parked" : "job.failed", e);
}

static const struct err *
write_failure(struct run *r, struct req *rq, const struct err *e, bool park)
{
	struct sql_job_failed_in in = { .id = r->job.id, .lease = r->lease,
		.attempts = r->job.attempts, .parked = park, .slug = text_of(e->slug), .detail = text_of(e->detail) };
	int64_t n;

	in.look = rq->now_us + (park ? 0 : jobs_pause_us(r->job.attempts));
	return sql_job_failed(rq, &in, &n);
}

/* Writes the failure down: a pause, or parked after the last try. The detail holds no secret (core/err.h). A
 * locked job stays locked over this, else another worker would find it due in between. */
static const struct err *
failed(struct run *r, const struct err *e)
{
	bool park = r->job.attempts >= r->type->tries;
	bool held = r->rq.db != NULL && db_in_tx(&r->rq) && db_back(&r->rq) == NULL;
	struct db_lease *lease = r->rq.db;
	struct req rq;

	tell(r, e, park);
	if (!held)
		TRY(db_close(&r->rq, false));
	book(&rq, r->jobs, r->rq.mem);
	if (held) {
		rq.tx = TX_WRITE;
		rq.db = lease;
	}
	e = write_failure(r, &rq, e, park);
	if (held) {
		const struct err *closed = db_close(&rq, e == NULL);
		return e == NULL ? closed : e;
	}
	return e;
}

/* ---- with a lease */

static const struct err *
end_leased(struct run *r)
{
	struct req rq;
	int64_t n;

	book(&rq, r->jobs, r->rq.mem);
	if (r->running.again)
		TRY(sql_job_again_leased(&rq, r->job.id, r->lease, r->running.due_us, r->running.payload, &n));
	else
		TRY(sql_job_done_leased(&rq, r->job.id, r->lease, &n));
	if (n == 0)
		LOG(&r->rq, WARN, "job.lease_lost", kv_s("kind", r->type->kind), kv_u("job", r->job.id));
	tell(r, NULL, false);
	return NULL;
}

/* A job that was claimed more often than it has tries lost its worker each time: it may be what kills them. */
static const struct err *
run_leased(struct run *r, struct arena *mem)
{
	const struct err *e, *closed;

	begin_step(r, mem);
	if (r->job.attempts > r->type->tries)
		return failed(r, FAIL(&r->rq, INTERNAL, "job.lost", "its workers died or ran out of time"));
	e = call_step(r);
	closed = db_close(&r->rq, e == NULL);
	e = e == NULL ? closed : e;
	if (e != NULL)
		return failed(r, e);
	FAULT_POINT("jobs.done_before_commit");
	return end_leased(r);
}

static const struct err *
turn_leased(struct jobs *j, struct arena *mem, bool *ran)
{
	struct run r = { .jobs = j, .lease = uuid_new() };
	struct sql_job_claim_leased_row row;

	book(&r.rq, j, mem);
	TRY(sql_job_claim_leased(&r.rq, j->leased, j->n_leased, j->leases, j->n_leased, r.rq.now_us,
	    r.lease, &row, ran));
	if (!*ran)
		return NULL;
	r.job = (struct job){ row.id, row.kind, row.key, row.payload, row.attempts, row.due };
	r.trace = row.trace;
	r.type = jobs_type_of(j, row.kind);
	SURE(r.type != NULL);
	jobs_wake(j);      /* there may be more: another worker looks while this one runs */
	return run_leased(&r, mem);
}

/* ---- in the step's own transaction */

static const struct err *
end_locked(struct run *r)
{
	const struct err *e;

	if (r->running.again)
		e = sql_job_again_locked(&r->rq, r->job.id, r->running.due_us, r->running.payload);
	else
		e = sql_job_done_locked(&r->rq, r->job.id);
	if (e != NULL)
		return e;
	FAULT_POINT("jobs.done_before_commit");
	return NULL;
}

/* The claim is the transaction's first statement; its row is locked until the step has committed. */
static const struct err *
claim_locked(struct run *r, struct arena *mem, bool *ran)
{
	struct sql_job_claim_locked_row row;

	book(&r->rq, r->jobs, mem);
	r->rq.tx = TX_WRITE;
	TRY(sql_job_claim_locked(&r->rq, r->jobs->locked, r->jobs->n_locked, r->rq.now_us, &row, ran));
	if (!*ran)
		return NULL;
	r->job = (struct job){ row.id, row.kind, row.key, row.payload, row.attempts, row.due };
	r->trace = row.trace;
	r->type = jobs_type_of(r->jobs, row.kind);
	SURE(r->type != NULL);
	return NULL;
}

/* After an error the transaction may still be open, for failed(). */
static const struct err *
run_locked(struct run *r, struct arena *mem)
{
	struct db_lease *held = r->rq.db;
	const struct err *e;

	begin_step(r, mem);
	r->rq.db = held;
	e = db_mark(&r->rq);
	if (e == NULL)
		e = call_step(r);
	if (e == NULL)
		e = end_locked(r);
	if (e == NULL)
		return db_close(&r->rq, true);
	if (db_should_rerun(e))
		TRY(db_close(&r->rq, false));
	return e;
}

static const struct err *
turn_locked(struct jobs *j, struct arena *mem, bool *ran)
{
	struct run r = { .jobs = j };
	const struct err *e = NULL;

	for (int tries = 1; tries <= DB_RUNS; tries++) {
		e = claim_locked(&r, mem, ran);
		if (e != NULL || !*ran) {
			const struct err *closed = db_close(&r.rq, false);
			return e == NULL ? closed : e;
		}
		jobs_wake(j);
		e = run_locked(&r, mem);
		if (e == NULL || !db_should_rerun(e))
			break;
		db_rerun_pause(tries);
	}
	if (e != NULL)
		return failed(&r, e);
	tell(&r, NULL, false);
	return NULL;
}

/* ---- looking */

/* Puts the job of the last day whose hour has come: today, or yesterday of a service that was down until now. Replicas
 * agree by job_days; day_begun only spares asking. */
static const struct err *
put_daily(struct jobs *j, size_t i, struct req *rq)
{
	const struct job_type *type = &j->types[i];
	int64_t hour_us = (int64_t)type->daily_hour_kst * INT64_C(3600000000);
	struct day day = day_in_seoul(rq->now_us - hour_us), old = day_add_days(day, -40);
	int64_t start_us = day_start_us(day), n;
	struct text key, forget;

	if (type->daily_hour_kst < 0 || __atomic_load_n(&j->day_begun[i], __ATOMIC_RELAXED) == start_us)
		return NULL;
	key = text_of(arena_printf(rq->mem, "%04d-%02d-%02d", day.year, day.month, day.day));
	forget = text_of(arena_printf(rq->mem, "%04d-%02d-%02d", old.year, old.month, old.day));
	TRY(sql_job_daily(rq, uuid_new(), text_of(type->kind), key, start_us + hour_us, forget, &n));
	__atomic_store_n(&j->day_begun[i], start_us, __ATOMIC_RELAXED);
	return NULL;
}

static const struct err *
look(struct jobs *j, struct arena *mem, struct sql_job_look_row *there)
{
	struct req rq;

	book(&rq, j, mem);
	for (size_t i = 0; i < j->n_types; i++)
		TRY(put_daily(j, i, &rq));
	TRY(jobs_count(j, &rq));
	return sql_job_look(&rq, j->leased, j->n_leased, j->locked, j->n_locked, rq.now_us, there);
}

const struct err *
jobs_turn(struct jobs *j, struct arena *mem, bool *ran)
{
	struct sql_job_look_row there;

	*ran = false;
	arena_reset(mem);
	TRY(look(j, mem, &there));
	if (there.leased)
		TRY(turn_leased(j, mem, ran));
	if (!*ran && there.locked)
		TRY(turn_locked(j, mem, ran));
	return NULL;
}
