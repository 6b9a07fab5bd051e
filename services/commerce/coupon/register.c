/* POST /api/coupons/{couponId}/registrations: a user claims an open coupon. */
#include "services/commerce/coupon/hand_out.h"

const struct err *
coupon_register(struct req *rq, const struct coupon_register_in *in, struct registered_coupon *out)
{
	static const struct uuid no_code;

	return coupon_claim(rq, in->coupon_id, "open", no_code, out);
}
