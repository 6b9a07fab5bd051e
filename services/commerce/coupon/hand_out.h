/* Coupons handed out: claimed, by a code, or from an operator to many. */
#ifndef COMMERCE_COUPON_HAND_OUT_H
#define COMMERCE_COUPON_HAND_OUT_H
#include "services/commerce/coupon/coupon.h"

/* One of those who are to get it, in the order given. */
struct recipient {
	struct uuid user_id;
	struct uuid id;             /* out: the registered coupon; nil when refused */
	const char *refusal;        /* out: NULL, "unknown_user", "per_customer" or "used_up" */
};

struct hand_out {
	struct uuid       coupon_id;
	const char       *claim;    /* how: "open", "code" or "operator" */
	struct uuid       code_id;  /* of a code */
	struct recipient *to;
	size_t            n;
	struct coupon     coupon;       /* out: its terms */
	int64_t           valid_until;  /* out */
};

/* In a write bracket: locks the coupon, then the accounts by user, and registers one for each who may have another, with
 * coupon.registered. NOT_FOUND "coupon.not_found" (also for one that is not claimed in this way), RULE "coupon.expired"
 * when it has ended or is closed, "coupon.not_applicable" before it begins (an operator may be early). */
const struct err *coupon_hand_out(struct req *rq, struct hand_out *what) MUST_USE;
/* The same for the caller alone, whose account is opened when it is not there yet; a refusal is an error: CONFLICT
 * "coupon.per_customer", RULE "coupon.used_up". */
const struct err *coupon_claim(struct req *rq, struct uuid coupon_id, const char *claim, struct uuid code_id,
    struct registered_coupon *out) MUST_USE;
#endif
