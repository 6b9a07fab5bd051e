/* The housekeeping of the outbox, in brackets of the relay at work. */
#ifndef OUTBOX_HOUSE_H
#define OUTBOX_HOUSE_H
#include "common/core/req.h"

/* Sets the gauges of what waits for the relay and of who reads how far. */
const struct err *house_gauge(struct req *rq) MUST_USE;
/* The relay leads no more: another replica tells of the backlog. */
void house_leave(void);
/* Deletes one round of rows that need not be kept any more: how many. */
const struct err *house_sweep(struct req *rq, int64_t *gone) MUST_USE;
#endif
