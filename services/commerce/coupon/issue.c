/* POST /api/coupons/{couponId}/issues: an operator gives a coupon to users; each gets it or is told why not. */
#include "common/core/text.h"
#include "services/commerce/coupon/hand_out.h"

const struct err *
coupon_issue(struct req *rq, const struct coupon_issue_in *in, struct coupon_issued *out)
{
	struct hand_out what = { .coupon_id = in->coupon_id, .claim = "operator",
		.to = NEWS(rq->mem, struct recipient, in->n_user_ids), .n = in->n_user_ids };

	for (size_t i = 0; i < what.n; i++)
		what.to[i].user_id = in->user_ids[i];
	TRY(coupon_hand_out(rq, &what));
	*out = (struct coupon_issued){ .issued = NEWS(rq->mem, struct coupon_issue, what.n),
		.refused = NEWS(rq->mem, struct coupon_issue_refused, what.n) };
	for (size_t i = 0; i < what.n; i++) {
		const struct recipient *to = &what.to[i];

		if (to->refusal == NULL)
			out->issued[out->n_issued++] = (struct coupon_issue){ .user_id = to->user_id,
				.registered_coupon_id = to->id };
		else
			out->refused[out->n_refused++] = (struct coupon_issue_refused){ .user_id = to->user_id,
				.code = text_of(to->refusal) };
	}
	return NULL;
}
