/* GET /api/discounts/{discountId} */
#include "common/http/http.h"
#include "gen/services/commerce/discount/read.sql.h"
#include "services/commerce/discount/discount.h"

const struct err *
discount_read(struct req *rq, const struct discount_read_in *in, struct discount *out)
{
	struct sql_discount_find_row row;
	bool found;

	TRY(sql_discount_find(rq, in->discount_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "discount.not_found", "there is no such discount");
	*out = DISCOUNT(row);
	http_etag(rq, out->version);
	return NULL;
}
