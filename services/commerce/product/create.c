/* POST /api/products: a new product with its opening stock as the first movement of its ledger. */
#include "common/audit/audit.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/product/create.sql.h"
#include "services/commerce/product/product.h"

const struct err *
product_create(struct req *rq, const struct product_create_in *in, struct product *out)
{
	struct sql_product_insert_row row;
	bool found;

	TRY(sql_product_insert(rq, &(struct sql_product_insert_in){ .id = uuid_new(), .name = in->name,
		.price_krw = in->price_krw, .stock = in->stock, .category_id = in->category_id,
		.description = in->description, .created_at = rq->now_us }, &row, &found));
	if (!found)
		return FAIL(rq, RULE, "product.category_unknown", "there is no such category");
	*out = PRODUCT(rq, row);
	product_etag(rq, out);
	FAULT_POINT("product.written");
	LOG(rq, INFO, "product.created", kv_u("product", row.id), kv_i("stock", row.stock));
	TRY(audit_put(rq, &(struct audit){ .action = "product.created", .subject = out->id, .type = &product_type,
		.after = out }));
	return outbox_put(rq, &product_created_v1_event, row.id, &(struct product_created_v1){ .product_id = row.id,
		.name = row.name, .price_krw = row.price_krw, .category_id = row.category_id, .version = row.version,
		.created_at = row.created_at });
}
