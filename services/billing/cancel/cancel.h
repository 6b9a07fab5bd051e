/* Giving a charge back, whole or in part.
 *
 * requested → held → refunded; refused when the points are spent, failed when the provider refuses for good, unknown
 * while it has not said. The row is written and payment.cancel_requested told first; the points are taken by whoever
 * keeps them; only behind points.held does the provider hear of it. Locks: the payment, then the cancellation. */
#ifndef BILLING_CANCEL_CANCEL_H
#define BILLING_CANCEL_CANCEL_H
#include "common/core/id.h"
#include "common/jobs/jobs.h"
#include "gen/services/billing/cancel/cancel.sql.h"
#include "services/billing/payment/payment.h"

/* Of one payment, those that came to nothing included. */
enum { CANCELLATIONS_MOST = 100 };

typedef struct sql_cancellation_lock_row cancellation_row;

/* Both rows, the payment's first. *found false: there is no such cancellation. */
const struct err *cancellation_lock(struct req *rq, struct uuid id, payment_row *payment, cancellation_row *row,
    bool *found) MUST_USE;
/* The audit row of how a cancellation has ended. */
const struct err *cancellation_tell(struct req *rq, const cancellation_row *row, const char *action,
    struct text status) MUST_USE;
/* The job behind points.held: asks the provider until the cancellation has ended. */
const struct err *cancellation_job(struct req *rq, const struct job *job);
#endif
