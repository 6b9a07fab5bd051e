/* POST /api/registered-coupons: a user claims a coupon by its code. Tries are bounded by the gateway, per user. */
#include "gen/services/commerce/coupon/registered_create.sql.h"
#include "services/commerce/coupon/code.h"
#include "services/commerce/coupon/hand_out.h"

const struct err *
registered_coupon_create(struct req *rq, const struct registered_coupon_create_in *in, struct registered_coupon *out)
{
	struct sql_coupon_code_lock_row row;
	struct text code;
	bool found = false;

	if (coupon_code_read(rq->mem, in->code, &code))
		TRY(sql_coupon_code_lock(rq, code, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "coupon.code_unknown", "there is no coupon with this code");
	if (row.spent)
		return FAIL(rq, RULE, "coupon.used_up", "this code has been used");
	return coupon_claim(rq, row.coupon_id, "code", row.id, out);
}
