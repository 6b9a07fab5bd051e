/* Nightly: the access log is kept only for so many days; what is older goes ten thousand rows per transaction. */
#include "services/auth/access_log/reap.h"
#include "common/db/db.h"
#include "gen/services/auth/access_log/reap.sql.h"
#include "services/auth/access_log/id.h"
#include "services/auth/auth.h"

enum { REAP_BATCH = 10000 };

static const struct err *
reap(struct req *rq, void *arg)
{
	int64_t kept_us = seconds_us(auth_of(rq)->config->access_log_days * 24 * 3600);

	return sql_access_log_reap(rq, access_log_floor(rq->now_us - kept_us), REAP_BATCH, arg);
}

const struct err *
access_log_reap_job(struct req *rq, const struct job *job)
{
	int64_t n = REAP_BATCH;

	(void)job;
	while (n == REAP_BATCH)
		TRY(db_tx(rq, TX_WRITE, reap, &n));
	return NULL;
}
