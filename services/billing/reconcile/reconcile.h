/* The nightly reconciliation: the provider's list of a Seoul day against the books.
 *
 * Captures and what was given back are compared per capture by the provider's own times; what is on the review list is
 * left out, it is known. Each difference is a row; one alarm tells of a day with any. A capture of an order that nobody
 * here knows goes on the review list; a payment that may have been captured is read again by the janitor. */
#ifndef BILLING_RECONCILE_RECONCILE_H
#define BILLING_RECONCILE_RECONCILE_H
#include "common/core/clock.h"
#include "common/jobs/jobs.h"
#include "gen/services/billing/reconcile/reconcile.sql.h"

/* "2026-01-31"; false when it is none or a day that does not exist. */
bool day_parse(struct text t, struct day *out) MUST_USE;
struct text day_text(struct req *rq, struct day d);

/* Daily; its key is the day after the one that is compared. Puts the jobs of days that were missed before it. */
const struct err *reconcile_job(struct req *rq, const struct job *job);
/* Such a job, in the caller's transaction; key as above. */
const struct err *reconcile_put(struct req *rq, struct text key) MUST_USE;
/* In the transaction at hand: an operator has looked at the day's differences. Automatic cancels that were turned off
 * before it ran are on again: *on. NOT_FOUND when that day has not been compared. */
const struct err *reconciliation_ack(struct req *rq, struct day day, struct text reason, bool *on) MUST_USE;

/* Commands. cancels [off <reason>] · reconcile <day> · acknowledge <day> <reason> */
const struct err *command_cancels(struct req *rq, int argc, char **argv);
const struct err *command_reconcile(struct req *rq, int argc, char **argv);
const struct err *command_acknowledge(struct req *rq, int argc, char **argv);
#endif
