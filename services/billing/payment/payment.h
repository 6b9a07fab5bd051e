/* A payment: its row, its states, its answer. */
#ifndef BILLING_PAYMENT_PAYMENT_H
#define BILLING_PAYMENT_PAYMENT_H
#include "common/core/id.h"
#include "common/jobs/jobs.h"
#include "gen/proto/billing/billing.gen.h"
#include "gen/services/billing/payment/payment.sql.h"
#include "services/billing/attempt/attempt.h"
#include "services/billing/toss/toss.h"

typedef struct sql_payment_lock_row payment_row;

#define PAYMENT(row) (struct payment){ .id = (row).id, .order_id = (row).order_id, .order_name = TEXT("포인트 충전"), \
	.amount_krw = (row).amount_krw, .refunded_krw = (row).refunded_krw, .currency = TEXT("KRW"), \
	.status = (row).status, .has_failure_code = (row).failure_code.at != NULL, .failure_code = (row).failure_code, \
	.created_at = (row).created_at, .has_paid_at = (row).has_paid_at, .paid_at = (row).paid_at, \
	.has_expires_at = true, .expires_at = (row).expires_at }

/* Whose payments the caller may see: an operator everybody's. */
static const struct uuid anybody;
static inline struct uuid
payment_owner(const struct req *rq)
{
	return rq->who == WHO_OPERATOR ? anybody : rq->user;
}

/* Whose it is, in the answer to who may see others'. */
static inline void
payment_show_owner(const struct req *rq, struct payment *out, struct uuid user, struct uuid company)
{
	out->has_user_id = out->has_company_id = rq->who == WHO_OPERATOR;
	out->user_id = user;
	out->company_id = company;
}

/* Was it made by this installation in this stage? Others at the provider are none of its business. */
bool payment_order_is_ours(struct req *rq, struct text order_id);
/* "dev-local-" and the 22 characters of the id: 6 to 64 of A-Z a-z 0-9 - _ as the provider demands. */
struct text payment_order_id(struct req *rq, struct uuid id);

/* The provider may still settle it. */
bool payment_is_open(struct text status);
/* It has ended without money. */
bool payment_is_over(struct text status);

/* What the provider was asked and said of one payment. attempt.number 0: it was only read. */
struct asking { payment_row row; struct attempt attempt; struct toss_payment said; };
/* Without a transaction: reads the payment at the provider; when the buyer's agreement waits there to be captured,
 * asks for that. An error is the database's. */
const struct err *payment_ask(struct req *rq, struct asking *a) MUST_USE;

/* In the transaction at hand, with the row locked: what the provider said becomes the payment's state; a settlement
 * or a failure puts its event, a capture that is not ours to keep its alarm. row is brought up to date. Saying the same
 * twice changes nothing. */
const struct err *payment_take(struct req *rq, payment_row *row, const struct toss_payment *said) MUST_USE;
/* Ends an open payment without money. */
const struct err *payment_fail(struct req *rq, payment_row *row, struct text code, const char *reason) MUST_USE;
/* Ends one whose buyer has given it up before anything was captured. */
const struct err *payment_cancel(struct req *rq, payment_row *row) MUST_USE;
/* A part of a paid one was given back: the sums, the state, the event. */
const struct err *payment_refund(struct req *rq, payment_row *row, struct uuid cancellation, int64_t amount_krw) MUST_USE;

/* The janitor: a job per payment that asks the provider by our own id until the payment is final. */
const struct err *payment_resolve_job(struct req *rq, const struct job *job);
const struct err *payment_resolve_later(struct req *rq, const char *kind, struct uuid id, int64_t due_us) MUST_USE;
#endif
