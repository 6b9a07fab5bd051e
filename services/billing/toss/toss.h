/* Toss Payments v1: confirm, read, cancel, list. https://docs.tosspayments.com/reference */
#ifndef BILLING_TOSS_TOSS_H
#define BILLING_TOSS_TOSS_H
#include "common/core/req.h"

/* What the provider says of a payment, in our words. */
enum toss_verdict {
	TOSS_DONE,            /* captured, and some of it is still there: balance_krw */
	TOSS_WAITING,         /* a virtual account waits for its deposit */
	TOSS_IN_PROGRESS,     /* the buyer has agreed, nothing is captured */
	TOSS_OVER,            /* aborted, expired or wholly cancelled: nothing is captured any more */
	TOSS_REFUSED,         /* this call was refused for good; code says why */
	TOSS_ABSENT,          /* 404: the provider does not know it */
	TOSS_UNCLEAR,         /* no answer, or one that settles nothing: ask again */
};

/* A part that was given back. reason is what the caller of toss_cancel() said. */
struct toss_part { struct text reason; int64_t amount_krw, at_us; };

struct toss_payment {
	enum toss_verdict       verdict;
	struct text             payment_key, order_id, method;
	struct text             code;          /* the provider's error code; .at NULL without one */
	bool                    kept;          /* that error is kept under the idempotency key: the same key repeats it */
	int64_t                 amount_krw, balance_krw;
	int64_t                 approved_us;   /* the provider's time of the capture; 0: it says none */
	const struct toss_part *parts;
	size_t                  n_parts;
};

/* None of them fails: what cannot be told is TOSS_UNCLEAR. All wait for the network and must not stand in a
 * transaction. confirm and cancel repeat safely under one idempotency key. */
void toss_confirm(struct req *rq, struct text payment_key, struct text order_id, int64_t amount_krw,
    struct text idempotency_key, struct toss_payment *out);
void toss_read(struct req *rq, struct text order_id, struct toss_payment *out);
void toss_read_key(struct req *rq, struct text payment_key, struct toss_payment *out);
void toss_cancel(struct req *rq, struct text payment_key, int64_t amount_krw, struct text reason,
    struct text idempotency_key, struct toss_payment *out);

/* One movement of money: captured when positive, given back when negative, 0 for what moved none. */
struct toss_transaction { struct text key, payment_key, order_id; int64_t amount_krw, at_us; };
enum { TOSS_LIST_MOST = 400 };

/* The movements of [from_us, to_us) that follow the one named `after` (.at NULL: from the first), at most
 * TOSS_LIST_MOST; fewer are the last. UPSTREAM or TIMEOUT when the list cannot be had or read. */
const struct err *toss_list(struct req *rq, int64_t from_us, int64_t to_us, struct text after,
    struct toss_transaction **out, size_t *n) MUST_USE;
#endif
