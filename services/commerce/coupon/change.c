/* PATCH /api/coupons/{couponId}: what is given replaces what was. Registered coupons keep their terms, so what they are
 * worth does not change; closed, nobody gets another. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/http/http.h"
#include "gen/services/commerce/coupon/change.sql.h"
#include "gen/services/commerce/coupon/hand_out.sql.h"
#include "services/commerce/coupon/coupon.h"

static void
apply(struct req *rq, const struct coupon_change_in *in, struct coupon *c)
{
	if (in->has_name)
		c->name = in->name;
	if (in->has_total_cap) {
		c->has_total_cap = true;
		c->total_cap = in->total_cap;
	}
	if (in->has_per_user_cap)
		c->per_user_cap = in->per_user_cap;
	if (in->has_valid_days)
		c->valid_days = in->valid_days;
	if (in->has_ends_at)
		c->ends_at = in->ends_at;
	if (in->has_closed && in->closed != c->has_closed_at) {
		c->has_closed_at = in->closed;
		c->closed_at = rq->now_us;
	}
	c->version++;
}

const struct err *
coupon_change(struct req *rq, const struct coupon_change_in *in, struct coupon *out)
{
	struct sql_coupon_lock_row row;
	struct coupon was;
	int64_t version;
	bool found;

	TRY(http_if_match(rq, &version));
	TRY(sql_coupon_lock(rq, in->coupon_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "coupon.not_found", "there is no such coupon");
	if (row.version != version)
		return FAIL(rq, STALE, "coupon.stale", "the coupon has changed meanwhile; read it again");
	was = COUPON(row);
	*out = was;
	apply(rq, in, out);
	TRY(coupon_check(rq, out));
	TRY(sql_coupon_write(rq, &(struct sql_coupon_write_in){ .id = out->id, .name = out->name,
		.total_cap = out->has_total_cap ? &out->total_cap : NULL, .per_user_cap = out->per_user_cap,
		.valid_days = out->valid_days, .ends_at = out->ends_at,
		.closed_at = out->has_closed_at ? &out->closed_at : NULL, .version = out->version }));
	http_etag(rq, out->version);
	FAULT_POINT("coupon.changed");
	return coupon_tell(rq, &was, out, out->has_closed_at && !row.has_closed_at ? "closed" : "changed");
}
