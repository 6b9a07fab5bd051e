/* "Remind me later": an alarm comes again as a new one. */
#ifndef NOTIFICATION_ALARM_REMIND_H
#define NOTIFICATION_ALARM_REMIND_H
#include "common/jobs/jobs.h"

/* Takes the job of a reminder away, in the transaction at hand; nil: there is none. The row that named it must be locked
 * and name it no longer: then a job that runs already finds nothing. */
const struct err *remind_forget(struct req *rq, struct uuid remind_id) MUST_USE;
/* The time has come. */
const struct err *alarm_remind_job(struct req *rq, const struct job *job) MUST_USE;
#endif
