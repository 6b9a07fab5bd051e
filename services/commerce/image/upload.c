/* POST /api/products/{productId}/image-uploads: a link that takes one picture of the announced type and size. */
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/provider/s3.h"
#include "gen/services/commerce/product/read.sql.h"
#include "services/commerce/commerce.h"
#include "services/commerce/image/image.h"

enum { UPLOAD_S = 600 };

const struct err *
image_upload(struct req *rq, const struct image_upload_in *in, struct image_upload *out)
{
	struct sql_product_find_row row;
	bool found;

	TRY(sql_product_find(rq, in->product_id, false, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "product.not_found", "there is no such product");
	*out = (struct image_upload){ .image_id = uuid_new(), .content_type = in->content_type,
		.expires_at = rq->now_us + INT64_C(1000000) * UPLOAD_S };
	out->url = text_of(s3_url(rq->mem, commerce_of(rq)->s3, &(struct s3_grant){ .method = "PUT",
		.key = image_key(rq, in->product_id, out->image_id),
		.content_type = arena_copy(rq->mem, in->content_type).at, .content_length = in->size_bytes,
		.at_us = rq->now_us, .expires_s = UPLOAD_S }));
	return NULL;
}
