/* A payment: its row, its states, its answer. */
#ifndef BILLING_PAYMENT_PAYMENT_H
#define BILLING_PAYMENT_PAYMENT_H
#include "common/core/id.h"
#include "common/jobs/jobs.h"
#include "gen/proto/billing/billing.gen.h"
#include "gen/services/billing/payment/payment.sql.h"
#include "services/billing/toss/toss.h"

typedef struct sql_payment_lock_row payment_row;

#define PAYMENT(row) (struct payment){ .id = (row).id, .order_id = (row).order_id, .order_name = TEXT("포인트 충전"), \
	.amount_krw = (row).amount_krw, .currency = TEXT("KRW"), .status = (row).status, \
	.has_failure_code = (row).failure_code.at != NULL, .failure_code = (row).failure_code, \
	.created_at = (row).created_at, .has_paid_at = (row).has_paid_at, .paid_at = (row).paid_at, \
	.has_expires_at = true, .expires_at = (row).expires_at }

/* "dev-local-" and the 22 characters of the id: 6 to 64 of A-Z a-z 0-9 - _ as the provider demands. */
struct text payment_order_id(struct req *rq, struct uuid id);

/* Final states are left to refunds alone; until then the provider may still settle it. */
bool payment_is_open(struct text status);

/* In the transaction at hand, with the row locked: what the provider said becomes the payment's state; a settlement
 * or a failure puts its event. row is brought up to date. Saying the same twice changes nothing. */
const struct err *payment_take(struct req *rq, payment_row *row, const struct toss_payment *said) MUST_USE;
/* Ends an open payment without money. */
const struct err *payment_fail(struct req *rq, payment_row *row, struct text code, const char *reason) MUST_USE;

/* The janitor: a job per payment that asks the provider by our own id until the payment is final. */
const struct err *payment_resolve_job(struct req *rq, const struct job *job);
const struct err *payment_resolve_later(struct req *rq, const char *kind, struct uuid id, int64_t due_us) MUST_USE;
#endif
