/* GET /api/products/{productId}; operators also see what is not on sale any more. */
#include "gen/services/commerce/product/read.sql.h"
#include "services/commerce/product/product.h"

const struct err *
product_read(struct req *rq, const struct product_read_in *in, struct product *out)
{
	struct sql_product_find_row row;
	bool found;

	TRY(sql_product_find(rq, in->product_id, rq->who == WHO_OPERATOR, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "product.not_found", "there is no such product");
	*out = PRODUCT(rq, row);
	product_etag(rq, out);
	return NULL;
}
