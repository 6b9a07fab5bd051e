/* DELETE /api/products/{productId}: off the shelf; orders and the ledger keep it. */
#include "common/audit/audit.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/product/delete.sql.h"

const struct err *
product_delete(struct req *rq, const struct product_delete_in *in)
{
	struct sql_product_end_row row;
	bool found;

	TRY(sql_product_end(rq, in->product_id, rq->now_us, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "product.not_found", "there is no such product");
	LOG(rq, INFO, "product.deleted", kv_u("product", in->product_id));
	TRY(audit_put(rq, &(struct audit){ .action = "product.deleted", .subject = in->product_id,
		.was = AUDIT_OF(kv_t("name", row.name), kv_i("priceKrw", row.price_krw)) }));
	return outbox_put(rq, &product_deleted_v1_event, in->product_id, &(struct product_deleted_v1){
		.product_id = in->product_id, .version = row.version, .deleted_at = rq->now_us });
}
