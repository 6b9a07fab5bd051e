/* A discount as it is answered and told, from whichever row it was read. */
#ifndef COMMERCE_DISCOUNT_DISCOUNT_H
#define COMMERCE_DISCOUNT_DISCOUNT_H
#include "gen/proto/commerce/commerce.gen.h"

#define DISCOUNT(row) (struct discount){ .id = (row).id, .name = (row).name, .kind = (row).kind, .value = (row).value, \
	.has_category_id = !uuid_is_nil((row).category_id), .category_id = (row).category_id, \
	.has_product_id = !uuid_is_nil((row).product_id), .product_id = (row).product_id, .priority = (row).priority, \
	.starts_at = (row).starts_at, .ends_at = (row).ends_at, .version = (row).version }

/* What the contract's bounds cannot say because it takes two fields. */
const struct err *discount_check(struct req *rq, const struct discount *d) MUST_USE;
/* Puts discount.changed and the audit row; was NULL: it is new; change: "created", "changed", "deleted". The discount's row
 * is locked or new. */
const struct err *discount_tell(struct req *rq, const struct discount *was, const struct discount *d,
    const char *change) MUST_USE;
#endif
