/* POST /api/coupons/{couponId}/registrations: one claim per user, seven days to use it. */
#include <string.h>
#include "common/core/id.h"
#include "common/log/log.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/coupon/register.sql.h"

static const int64_t CLAIM_US = INT64_C(7) * 24 * 3600 * 1000000;     /* seven days from the claim */

static const struct err *
repeated(struct req *rq)
{
	return FAIL(rq, CONFLICT, "coupon.per_customer", "you have registered this coupon already");
}

static const struct err *
refusal(struct req *rq, const struct sql_coupon_claim_row *row)
{
	if (row->repeated)
		return repeated(rq);
	if (rq->now_us >= row->ends_at)
		return FAIL(rq, RULE, "coupon.expired", "this coupon has ended");
	if (rq->now_us < row->starts_at)
		return FAIL(rq, RULE, "coupon.not_applicable", "this coupon has not started yet");
	if (row->full)
		return FAIL(rq, RULE, "coupon.used_up", "all of these coupons are taken");
	return NULL;
}

/* Two claims of one user at the same moment: the second waits for the coupon's row, but looked for the first one
 * before, and is stopped by the constraint. */
static const struct err *
without_race(struct req *rq, const struct err *e)
{
	return e != NULL && strcmp(e->slug, "unique.registered_coupon_once") == 0 ? repeated(rq) : e;
}

const struct err *
coupon_register(struct req *rq, const struct coupon_register_in *in, struct registered_coupon *out)
{
	struct sql_coupon_claim_row row;
	struct uuid id = uuid_new();
	bool found;

	TRY(without_race(rq, sql_coupon_claim(rq, in->coupon_id, id, rq->user, rq->company, rq->now_us,
	    rq->now_us + CLAIM_US, &row, &found)));
	if (!found)
		return FAIL(rq, NOT_FOUND, "coupon.not_found", "there is no such coupon");
	TRY(refusal(rq, &row));
	*out = (struct registered_coupon){ .id = id, .coupon_id = in->coupon_id, .name = row.name, .kind = row.kind,
		.value = row.value, .status = TEXT("usable"), .valid_until = row.valid_until,
		.registered_at = rq->now_us };
	LOG(rq, INFO, "coupon.registered", kv_u("coupon", in->coupon_id));
	return NULL;
}
