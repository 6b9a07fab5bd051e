/* Nightly: alarms that are two weeks old go, a thousand per transaction, so that no lock is held for long. */
#include "gen/services/notification/alarm/reap.sql.h"
#include "services/notification/alarm/alarm.h"

enum { REAP_BATCH = 1000 };

static const struct err *
reap(struct req *rq, void *arg)
{
	return sql_alarm_reap(rq, rq->now_us, REAP_BATCH, arg);
}

const struct err *
alarm_reap_job(struct req *rq, const struct job *job)
{
	int64_t n = REAP_BATCH;

	(void)job;
	while (n == REAP_BATCH)
		TRY(db_tx(rq, TX_WRITE, reap, &n));
	return NULL;
}
