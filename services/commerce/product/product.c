/* What all that answer or write products share. */
#include "services/commerce/product/product.h"
#include "common/http/http.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"

void
product_etag(struct req *rq, const struct product *p)
{
	http_etag_detail(rq, p->version, p->has_image ? p->stock ^ image_day(rq) << 40 : p->stock);
}

const struct err *
product_tell_changed(struct req *rq, const struct product *p)
{
	LOG(rq, INFO, "product.changed", kv_u("product", p->id), kv_i("version", p->version));
	return outbox_put(rq, &product_changed_v1_event, p->id, &(struct product_changed_v1){ .product_id = p->id,
		.name = p->name, .price_krw = p->price_krw, .category_id = p->category_id, .version = p->version,
		.changed_at = p->updated_at });
}
