/* The idempotency keys used at the provider, in the order of their numbers.
 *
 * A key is the subject's id, from the second on with its number. The same key is used until the provider has kept an
 * error under it, which it would repeat for ever; a next one may follow only when a read has shown that the call before
 * had no effect. */
#ifndef BILLING_ATTEMPT_ATTEMPT_H
#define BILLING_ATTEMPT_ATTEMPT_H
#include "services/billing/toss/toss.h"

struct attempt { struct uuid subject; int32_t number; struct text key; };

/* In the transaction at hand: the key to be used now. Sets number and key. */
const struct err *attempt_take(struct req *rq, struct attempt *a) MUST_USE;
/* The same in a transaction of its own. */
const struct err *attempt_begin(struct req *rq, struct attempt *a) MUST_USE;
/* In the transaction at hand: an error that the provider keeps under the key is written down. */
const struct err *attempt_note(struct req *rq, const struct attempt *a, const struct toss_payment *said) MUST_USE;

/* Captured money on its way back at the provider. */
enum giveback_outcome { GIVEBACK_DONE, GIVEBACK_REFUSED, GIVEBACK_UNCLEAR };
struct giveback {
	struct attempt        attempt;         /* subject: the cancellation or review; the part bears its name there */
	struct text           payment_key;
	int64_t               amount_krw;      /* 0: all that is left */
	enum giveback_outcome outcome;
	struct toss_payment   said;            /* code: why it was refused */
	int64_t               at_us;           /* DONE: the provider's time of it */
};
/* Gives it back once, however often it is called: the payment is read first, so a part that is there is not asked for
 * again. Waits for the network; for steps without a transaction. An error is the database's. */
const struct err *giveback_run(struct req *rq, struct giveback *g) MUST_USE;
#endif
