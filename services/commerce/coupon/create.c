/* POST /api/coupons: a coupon that users may register. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/coupon/create.sql.h"

/* What the contract's bounds cannot say because it takes two fields. */
static const struct err *
check(struct req *rq, const struct coupon_create_in *in)
{
	struct err_fields fs = { .rq = rq };

	if (text_is(in->kind, "percent") && in->value > 100)
		err_field_add(&fs, "/value", "too_large", "a percent coupon takes 1 to 100");
	if (in->ends_at <= in->starts_at)
		err_field_add(&fs, "/endsAt", "too_small", "the coupon must end after it starts");
	return err_fields_done(&fs);
}

const struct err *
coupon_create(struct req *rq, const struct coupon_create_in *in, struct coupon *out)
{
	TRY(check(rq, in));
	*out = (struct coupon){ .id = uuid_new(), .name = in->name, .kind = in->kind, .value = in->value,
		.has_category_id = in->has_category_id, .category_id = in->category_id,
		.minimum_krw = in->has_minimum_krw ? in->minimum_krw : 0,
		.has_maximum_discount_krw = in->has_maximum_discount_krw,
		.maximum_discount_krw = in->maximum_discount_krw, .has_total_cap = in->has_total_cap,
		.total_cap = in->total_cap, .starts_at = in->starts_at, .ends_at = in->ends_at };
	TRY(sql_coupon_insert(rq, &(struct sql_coupon_insert_in){ .id = out->id, .name = out->name, .kind = out->kind,
		.value = out->value, .category_id = out->category_id, .minimum_krw = out->minimum_krw,
		.maximum_discount_krw = in->has_maximum_discount_krw ? &in->maximum_discount_krw : NULL,
		.total_cap = in->has_total_cap ? &in->total_cap : NULL, .starts_at = out->starts_at,
		.ends_at = out->ends_at, .created_at = rq->now_us }));
	LOG(rq, INFO, "coupon.created", kv_u("coupon", out->id));
	return NULL;
}
