/* Nightly: what nobody can use any more is deleted. */
#ifndef AUTH_USER_REAP_H
#define AUTH_USER_REAP_H
#include "common/jobs/jobs.h"

const struct err *identity_reap_job(struct req *rq, const struct job *job);
#endif
