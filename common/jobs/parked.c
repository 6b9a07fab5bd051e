/* The service's commands about jobs that were given up. */
#include <stdio.h>

#include "common/audit/audit.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/jobs/jobs.h"
#include "gen/common/jobs/jobs.sql.h"

enum { MOST = 1000 };

const struct err *
jobs_parked_list(struct req *rq)
{
	struct sql_job_parked_row *rows;
	size_t n;

	TRY(sql_job_parked(rq, MOST, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		char id[UUID_CHARS + 1], when[TIME_CHARS + 1];
		uuid_print(rows[i].id, id);
		time_print(rows[i].parked, when);
		(void)printf("job %s %s %.*s %.*s attempts=%d %.*s: %.*s\n", id, when, TEXT_ARG(rows[i].kind),
		    TEXT_ARG(rows[i].key), rows[i].attempts, TEXT_ARG(rows[i].slug), TEXT_ARG(rows[i].detail));
	}
	return NULL;
}

/* Of the payload the size alone: a job may carry what nobody is to read, a text message for example. */
const struct err *
jobs_parked_show(struct req *rq, struct uuid id)
{
	char text[UUID_CHARS + 1], due[TIME_CHARS + 1], parked[TIME_CHARS + 1];
	struct sql_job_parked_whole_row row;
	bool found;

	TRY(sql_job_parked_whole(rq, id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "job.not_parked", "no parked job has this id");
	uuid_print(id, text);
	time_print(row.due, due);
	time_print(row.parked, parked);
	(void)printf("job          %s\nkind         %.*s\nkey          %.*s\ndue          %s\nparked       %s\n", text,
	    TEXT_ARG(row.kind), TEXT_ARG(row.key), due, parked);
	(void)printf("attempts     %d\nreason       %.*s: %.*s\ntrace        %.*s\npayload      %d bytes\n", row.attempts,
	    TEXT_ARG(row.slug), TEXT_ARG(row.detail), TEXT_ARG(row.trace), row.bytes);
	return NULL;
}

const struct err *
jobs_parked_redrive(struct req *rq, struct uuid id, bool dry)
{
	struct sql_job_parked_one_row row;
	bool found;
	int64_t n = 1;

	TRY(sql_job_parked_one(rq, id, &row, &found));
	if (found && !dry)
		TRY(sql_job_redrive(rq, id, rq->now_us, &n));
	if (!found || n == 0)
		return FAIL(rq, NOT_FOUND, "job.not_parked", "no parked job has this id");
	(void)printf("%s %.*s %.*s\n", dry ? "would run again" : "runs again", TEXT_ARG(row.kind),
	    TEXT_ARG(row.key));
	return dry ? NULL : audit_put(rq, &(struct audit){ .action = "parked_job.redriven", .subject = id,
		.is = AUDIT_OF(kv_t("kind", row.kind), kv_t("key", row.key)) });
}
