/* PATCH /api/products/{productId}: what is given replaces what was. Stock has a ledger of its own. */
#include "common/audit/audit.h"
#include "common/core/fault.h"
#include "common/http/http.h"
#include "gen/services/commerce/product/change.sql.h"
#include "services/commerce/product/product.h"

static void
apply(struct req *rq, const struct product_change_in *in, struct product *p)
{
	if (in->has_name)
		p->name = in->name;
	if (in->has_price_krw)
		p->price_krw = in->price_krw;
	if (in->has_category_id)
		p->category_id = in->category_id;
	if (in->has_description) {
		p->has_description = in->description.len > 0;
		p->description = p->has_description ? in->description : (struct text){ 0 };
	}
	p->version++;
	p->updated_at = rq->now_us;
}

const struct err *
product_change(struct req *rq, const struct product_change_in *in, struct product *out)
{
	struct sql_product_lock_row row;
	struct product was;
	int64_t version;
	bool found;

	TRY(http_if_match(rq, &version));
	TRY(sql_product_lock(rq, in->product_id, in->category_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "product.not_found", "there is no such product");
	if (row.version != version)
		return FAIL(rq, STALE, "product.stale", "the product has changed meanwhile; read it again");
	if (in->has_category_id && !row.category_there)
		return FAIL(rq, RULE, "product.category_unknown", "there is no such category");
	was = PRODUCT(rq, row);
	*out = was;
	apply(rq, in, out);
	TRY(sql_product_write(rq, &(struct sql_product_write_in){ .id = out->id, .name = out->name,
		.price_krw = out->price_krw, .category_id = out->category_id, .description = out->description,
		.version = out->version, .updated_at = out->updated_at }));
	product_etag(rq, out);
	FAULT_POINT("product.written");
	TRY(audit_put(rq, &(struct audit){ .action = "product.changed", .subject = out->id, .type = &product_type,
		.before = &was, .after = out }));
	return product_tell_changed(rq, out);
}
