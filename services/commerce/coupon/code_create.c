/* POST /api/coupons/{couponId}/codes: random codes by which a coupon can be claimed. */
#include "common/audit/audit.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/coupon/code_create.sql.h"
#include "services/commerce/coupon/code.h"

const struct err *
coupon_code_create(struct req *rq, const struct coupon_code_create_in *in, struct coupon_codes *out)
{
	size_t n = (size_t)in->count;
	int32_t uses = in->has_uses_most ? in->uses_most : 1;
	struct uuid *ids = NEWS(rq->mem, struct uuid, n);
	struct text *codes = NEWS(rq->mem, struct text, n);
	struct sql_coupon_code_insert_row row;
	bool found;

	*out = (struct coupon_codes){ .items = NEWS(rq->mem, struct coupon_code, n), .n_items = n };
	for (size_t i = 0; i < n; i++) {
		ids[i] = uuid_new();
		codes[i] = coupon_code_new(rq->mem);
		out->items[i] = (struct coupon_code){ .id = ids[i], .code = coupon_code_shown(rq->mem, codes[i]),
			.uses_most = uses, .created_at = rq->now_us };
	}
	TRY(sql_coupon_code_insert(rq, in->coupon_id, ids, n, codes, n, uses, rq->user, rq->now_us, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "coupon.not_found", "there is no such coupon");
	if (!text_is(row.claim, "code"))
		return FAIL(rq, RULE, "coupon.not_by_code", "this coupon is not claimed by code");
	LOG(rq, INFO, "coupon.codes_created", kv_u("coupon", in->coupon_id), kv_i("codes", in->count));
	return audit_put(rq, &(struct audit){ .action = "coupon.codes_created", .subject = in->coupon_id,
		.is = AUDIT_OF(kv_i("codes", in->count), kv_i("usesMost", uses)) });
}
