/* POST /api/coupons: terms that users may come to have. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "gen/services/commerce/coupon/create.sql.h"
#include "services/commerce/coupon/coupon.h"

enum { PER_USER = 1, VALID_DAYS = 7 };      /* as the contract says when it is not said */

static struct coupon
coupon_of(const struct coupon_create_in *in)
{
	return (struct coupon){ .id = uuid_new(), .name = in->name, .kind = in->kind, .value = in->value,
		.has_category_id = in->has_category_id, .category_id = in->category_id, .product_ids = in->product_ids,
		.n_product_ids = in->n_product_ids, .minimum_krw = in->has_minimum_krw ? in->minimum_krw : 0,
		.has_maximum_discount_krw = in->has_maximum_discount_krw,
		.maximum_discount_krw = in->maximum_discount_krw, .has_total_cap = in->has_total_cap,
		.total_cap = in->total_cap, .per_user_cap = in->has_per_user_cap ? in->per_user_cap : PER_USER,
		.valid_days = in->has_valid_days ? in->valid_days : VALID_DAYS,
		.claim = in->has_claim ? in->claim : TEXT("open"), .starts_at = in->starts_at, .ends_at = in->ends_at,
		.version = 1 };
}

const struct err *
coupon_create(struct req *rq, const struct coupon_create_in *in, struct coupon *out)
{
	struct sql_coupon_insert_row row;
	bool found;

	*out = coupon_of(in);
	TRY(coupon_check(rq, out));
	TRY(sql_coupon_insert(rq, &(struct sql_coupon_insert_in){ .id = out->id, .name = out->name, .kind = out->kind,
		.value = out->value, .category_id = out->category_id, .product_ids = out->product_ids,
		.n_product_ids = out->n_product_ids, .minimum_krw = out->minimum_krw,
		.maximum_discount_krw = in->has_maximum_discount_krw ? &in->maximum_discount_krw : NULL,
		.total_cap = in->has_total_cap ? &in->total_cap : NULL, .per_user_cap = out->per_user_cap,
		.valid_days = out->valid_days, .claim = out->claim, .starts_at = out->starts_at, .ends_at = out->ends_at,
		.created_at = rq->now_us }, &row, &found));
	if (!found)
		return FAIL(rq, RULE, "coupon.scope_unknown", "the category or one of the products is not there");
	http_etag(rq, out->version);
	return coupon_tell(rq, NULL, out, "created");
}
