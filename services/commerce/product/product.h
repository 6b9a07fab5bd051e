/* A product as it is answered and told, from whichever row it was read. */
#ifndef COMMERCE_PRODUCT_PRODUCT_H
#define COMMERCE_PRODUCT_PRODUCT_H
#include "common/core/text.h"
#include "services/commerce/image/image.h"

/* The status follows from the stock; nobody sets it. */
static inline struct text
product_status(int64_t stock)
{
	return stock > 0 ? TEXT("available") : TEXT("out-of-stock");
}

#define PRODUCT(rq, row) (struct product){ .id = (row).id, .name = (row).name, .price_krw = (row).price_krw, \
	.currency = TEXT("KRW"), .stock = (row).stock, .status = product_status((row).stock), \
	.category_id = (row).category_id, .has_description = (row).description.at != NULL, \
	.description = (row).description, .version = (row).version, .created_at = (row).created_at, \
	.updated_at = (row).updated_at, .has_deleted_at = (row).has_deleted_at, .deleted_at = (row).deleted_at, \
	.has_image = !uuid_is_nil((row).image_id), .image = image_of(rq, &(struct image_row){ .product_id = (row).id, \
	.id = (row).image_id, .type = (row).image_type, .state = (row).image_state, .reason = (row).image_reason }) }

/* The ETag of a product as it is read: its version, and what else changes in the answer. */
void product_etag(struct req *rq, const struct product *p);
/* Puts product.changed. The product's row is locked. */
const struct err *product_tell_changed(struct req *rq, const struct product *p) MUST_USE;
#endif
