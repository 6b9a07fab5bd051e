/* Toss Payments v1: confirm and read. https://docs.tosspayments.com/reference */
#ifndef BILLING_TOSS_TOSS_H
#define BILLING_TOSS_TOSS_H
#include "common/core/req.h"

/* What the provider says of a payment, in our words. */
enum toss_verdict {
	TOSS_DONE,            /* captured */
	TOSS_WAITING,         /* a virtual account waits for its deposit */
	TOSS_IN_PROGRESS,     /* the buyer has agreed, nothing is captured */
	TOSS_OVER,            /* aborted, expired or cancelled: nothing is captured any more */
	TOSS_REFUSED,         /* this confirmation was refused for good; code says why */
	TOSS_ABSENT,          /* 404: the provider does not know it */
	TOSS_UNCLEAR,         /* no answer, or one that settles nothing: ask again */
};

struct toss_payment {
	enum toss_verdict verdict;
	struct text       payment_key, order_id, method;
	struct text       code;          /* the provider's error code; .at NULL without one */
	int64_t           amount_krw;
};

/* Never fails: what cannot be told is TOSS_UNCLEAR. Both wait for the network and must not stand in a transaction.
 * confirm repeats safely under one idempotency key. */
void toss_confirm(struct req *rq, struct text payment_key, struct text order_id, int64_t amount_krw,
    struct text idempotency_key, struct toss_payment *out);
void toss_read(struct req *rq, struct text order_id, struct toss_payment *out);
#endif
