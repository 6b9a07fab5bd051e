/* Nightly: what nobody can use any more is deleted. */
#include "services/auth/user/reap.h"
#include "common/core/clock.h"
#include "gen/services/auth/user/reap.sql.h"

/* Two days: longer than any counting of codes per day, short enough to keep the tables small. */
static const int64_t LONG_AGO_US = INT64_C(2) * 24 * 3600 * 1000000;

const struct err *
identity_reap_job(struct req *rq, const struct job *job)
{
	int64_t long_ago_us = rq->now_us - LONG_AGO_US;

	(void)job;
	return sql_identity_reap(rq, rq->now_us, long_ago_us, day_in_seoul(long_ago_us));
}
