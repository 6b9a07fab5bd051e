/* What steps say to the jobs: do this then, do not, call me again. */
#include "common/core/app.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/jobs/worker.h"
#include "gen/common/jobs/jobs.sql.h"

enum { PAYLOAD_MAX = 8192, NAME_MAX_BYTES = 200 };

_Thread_local struct job_running *job_running;

/* A payload without bytes is empty, not NULL. */
static struct text
some(struct text t)
{
	return t.at == NULL ? TEXT("") : t;
}

const struct err *
job_put(struct req *rq, const char *kind, struct text key, struct text payload, int64_t due_us)
{
	struct text name = text_of(kind);

	if (payload.len > PAYLOAD_MAX)
		return FAIL(rq, INTERNAL, "job.payload_too_long", "%zu bytes for a job %s", payload.len, kind);
	if (key.len > NAME_MAX_BYTES || name.len == 0 || name.len > NAME_MAX_BYTES)
		return FAIL(rq, INTERNAL, "job.name_too_long", "a job %s with a key of %zu bytes", kind, key.len);
	TRY(sql_job_put(rq, uuid_new(), name, some(key), some(payload), due_us, rq->trace));
	if (due_us <= rq->now_us)
		db_wake(rq, APP_WAKE_JOBS);
	return NULL;
}

const struct err *
job_cancel(struct req *rq, const char *kind, struct text key)
{
	return sql_job_cancel(rq, text_of(kind), some(key));
}

/* Kept for the worker, which writes it where it would have deleted the row. Without a worker (a step called by
 * a test) there is no row to write. */
const struct err *
job_again(struct req *rq, const struct job *job, int64_t due_us, struct text payload)
{
	if (payload.len > PAYLOAD_MAX)
		return FAIL(rq, INTERNAL, "job.payload_too_long", "%zu bytes for a job %.*s", payload.len,
		    TEXT_ARG(job->kind));
	if (job_running == NULL)
		return NULL;
	SURE(uuid_eq(job_running->id, job->id));
	job_running->again = true;
	job_running->due_us = due_us;
	job_running->payload = payload.at == NULL ? payload : arena_copy(rq->mem, payload);
	return NULL;
}
