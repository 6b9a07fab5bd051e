/* Keys and links of pictures. */
#include "services/commerce/image/image.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/provider/s3.h"
#include "services/commerce/commerce.h"

static const int64_t DAY_US = INT64_C(86400) * 1000000;

enum { LINK_S = 2 * 86400 };

const char *
image_key(struct req *rq, struct uuid product_id, struct uuid image_id)
{
	char product[UUID_CHARS + 1], image[UUID_CHARS + 1];

	uuid_print(product_id, product);
	uuid_print(image_id, image);
	return arena_printf(rq->mem, "products/%s/%s", product, image);
}

const char *
image_thumbnail_key(struct req *rq, struct uuid product_id, struct uuid image_id)
{
	return arena_printf(rq->mem, "%s.thumbnail.webp", image_key(rq, product_id, image_id));
}

int64_t
image_day(const struct req *rq)
{
	return rq->now_us / DAY_US;
}

static struct text
link_to(struct req *rq, const char *key)
{
	return text_of(s3_url(rq->mem, commerce_of(rq)->s3, &(struct s3_grant){ .method = "GET", .key = key,
		.content_length = -1, .at_us = image_day(rq) * DAY_US, .expires_s = LINK_S }));
}

struct product_image
image_of(struct req *rq, const struct image_row *row)
{
	struct product_image i = { .id = row->id, .content_type = row->type, .state = row->state,
		.has_reason = row->reason.at != NULL, .reason = row->reason };

	if (uuid_is_nil(row->id) || !text_is(row->state, "ready"))
		return i;
	i.has_url = i.has_thumbnail_url = true;
	i.url = link_to(rq, image_key(rq, row->product_id, row->id));
	i.thumbnail_url = link_to(rq, image_thumbnail_key(rq, row->product_id, row->id));
	return i;
}
