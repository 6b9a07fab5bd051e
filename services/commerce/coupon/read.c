/* GET /api/coupons/{couponId} */
#include "common/core/id.h"
#include "common/http/http.h"
#include "gen/services/commerce/coupon/read.sql.h"
#include "services/commerce/coupon/coupon.h"

const struct err *
coupon_read(struct req *rq, const struct coupon_read_in *in, struct coupon *out)
{
	struct sql_coupon_find_row row;
	bool found;

	TRY(sql_coupon_find(rq, in->coupon_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "coupon.not_found", "there is no such coupon");
	*out = COUPON(row);
	http_etag(rq, row.version);
	return NULL;
}
