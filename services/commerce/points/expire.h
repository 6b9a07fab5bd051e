/* Nightly: points that nobody spent in time go, the oldest first. */
#ifndef COMMERCE_POINTS_EXPIRE_H
#define COMMERCE_POINTS_EXPIRE_H
#include "common/jobs/jobs.h"

const struct err *points_expire_job(struct req *rq, const struct job *job);
#endif
