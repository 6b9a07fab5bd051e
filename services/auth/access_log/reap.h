/* Nightly: the access log is kept only for so many days. */
#ifndef AUTH_ACCESS_LOG_REAP_H
#define AUTH_ACCESS_LOG_REAP_H
#include "common/jobs/jobs.h"

const struct err *access_log_reap_job(struct req *rq, const struct job *job);
#endif
