/* POST /api/discounts: off the price of one product, or of all in a category and below it. */
#include "common/core/id.h"
#include "gen/services/commerce/discount/create.sql.h"
#include "services/commerce/discount/discount.h"

const struct err *
discount_create(struct req *rq, const struct discount_create_in *in, struct discount *out)
{
	bool found;
	struct sql_discount_insert_row row;

	*out = (struct discount){ .id = uuid_new(), .name = in->name, .kind = in->kind, .value = in->value,
		.has_category_id = in->has_category_id, .category_id = in->category_id,
		.has_product_id = in->has_product_id, .product_id = in->product_id,
		.priority = in->has_priority ? in->priority : 0, .starts_at = in->starts_at, .ends_at = in->ends_at,
		.version = 1 };
	TRY(discount_check(rq, out));
	TRY(sql_discount_insert(rq, &(struct sql_discount_insert_in){ .id = out->id, .name = out->name, .kind = out->kind,
		.value = out->value, .category_id = out->category_id, .product_id = out->product_id,
		.priority = out->priority, .starts_at = out->starts_at, .ends_at = out->ends_at,
		.created_at = rq->now_us }, &row, &found));
	if (!found)
		return FAIL(rq, RULE, "discount.scope_unknown", "there is no such product or category");
	return discount_tell(rq, NULL, out, "created");
}
