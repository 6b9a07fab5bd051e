/* POST /api/products: a new product with its opening stock as the first movement of its ledger. */
#include "common/core/id.h"
#include "common/log/log.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/product/create.sql.h"
#include "services/commerce/product/product.h"

const struct err *
product_create(struct req *rq, const struct product_create_in *in, struct product *out)
{
	struct sql_product_insert_in row = { .id = uuid_new(), .name = in->name, .price_krw = in->price_krw,
		.stock = in->stock, .category_id = in->category_id, .description = in->description,
		.created_at = rq->now_us };

	TRY(sql_product_insert(rq, &row));
	*out = PRODUCT(row);
	LOG(rq, INFO, "product.created", kv_u("product", row.id), kv_i("stock", row.stock));
	return NULL;
}
