/* A coupon's definition as it is answered, and what all that write one share. */
#ifndef COMMERCE_COUPON_COUPON_H
#define COMMERCE_COUPON_COUPON_H
#include "gen/proto/commerce/commerce.gen.h"

#define COUPON(row) (struct coupon){ .id = (row).id, .name = (row).name, .kind = (row).kind, .value = (row).value, \
	.has_category_id = !uuid_is_nil((row).category_id), .category_id = (row).category_id, \
	.product_ids = (row).product_ids, .n_product_ids = (row).n_product_ids, .minimum_krw = (row).minimum_krw, \
	.has_maximum_discount_krw = (row).has_maximum_discount_krw, .maximum_discount_krw = (row).maximum_discount_krw, \
	.has_total_cap = (row).has_total_cap, .total_cap = (row).total_cap, .per_user_cap = (row).per_user_cap, \
	.valid_days = (row).valid_days, .claim = (row).claim, .registered = (row).registered, \
	.starts_at = (row).starts_at, .ends_at = (row).ends_at, .has_closed_at = (row).has_closed_at, \
	.closed_at = (row).closed_at, .version = (row).version }

/* INVALID with every field that makes no sense beside another. */
const struct err *coupon_check(struct req *rq, const struct coupon *c) MUST_USE;
/* coupon.changed and the audit row; was NULL: it is new; change is "created", "changed" or "closed". The coupon's row is
 * locked or new. */
const struct err *coupon_tell(struct req *rq, const struct coupon *was, const struct coupon *c,
    const char *change) MUST_USE;
#endif
