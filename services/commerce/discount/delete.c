/* DELETE /api/discounts/{discountId}: orders that got it keep it, no other gets it. */
#include "gen/services/commerce/discount/delete.sql.h"
#include "services/commerce/discount/discount.h"

const struct err *
discount_delete(struct req *rq, const struct discount_delete_in *in)
{
	struct sql_discount_end_row row;
	struct discount d;
	bool found;

	TRY(sql_discount_end(rq, in->discount_id, rq->now_us, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "discount.not_found", "there is no such discount");
	d = DISCOUNT(row);
	return discount_tell(rq, &d, &d, "deleted");
}
