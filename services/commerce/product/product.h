/* A product as it is answered, from whichever row it was read. */
#ifndef COMMERCE_PRODUCT_PRODUCT_H
#define COMMERCE_PRODUCT_PRODUCT_H
#include "common/core/text.h"

/* The status follows from the stock; nobody sets it. */
static inline struct text
product_status(int64_t stock)
{
	return stock > 0 ? TEXT("available") : TEXT("out_of_stock");
}

#define PRODUCT(row) (struct product){ .id = (row).id, .name = (row).name, .price_krw = (row).price_krw, \
	.currency = TEXT("KRW"), .stock = (row).stock, .status = product_status((row).stock), \
	.category_id = (row).category_id, .has_description = (row).description.at != NULL, \
	.description = (row).description, .created_at = (row).created_at }
#endif
