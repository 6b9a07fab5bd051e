/* PUT /api/products/{productId}/image: what was uploaded is looked at, then it is the product's, and a job is told. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/provider/s3.h"
#include "gen/services/commerce/image/put.sql.h"
#include "services/commerce/commerce.h"
#include "services/commerce/product/product.h"

static bool
is_picture(struct text type)
{
	return text_is(type, "image/jpeg") || text_is(type, "image/png") || text_is(type, "image/webp");
}

static const struct err *
check_object(struct req *rq, const struct s3_object *o)
{
	if (!o->found)
		return FAIL(rq, RULE, "image.not_uploaded", "no picture was uploaded under this id");
	if (o->length < 1 || o->length > IMAGE_MOST)
		return FAIL(rq, RULE, "image.too_large", "a picture has 1 to %d bytes", IMAGE_MOST);
	if (!is_picture(o->content_type))
		return FAIL(rq, RULE, "image.bad_type", "a picture is JPEG, PNG or WebP");
	return NULL;
}

struct putting { const struct image_put_in *in; struct text type; struct product *out; };

static const struct err *
put(struct req *rq, void *arg)
{
	const struct putting *p = arg;
	struct sql_image_set_row row;
	char image[UUID_CHARS + 1], product[UUID_CHARS + 1];
	bool found;

	TRY(sql_image_set(rq, p->in->product_id, p->in->image_id, p->type, rq->now_us, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "product.not_found", "there is no such product");
	*p->out = PRODUCT(rq, row);
	if (!row.is_new)
		return NULL;
	uuid_print(p->in->image_id, image);
	uuid_print(p->in->product_id, product);
	TRY(job_put(rq, "image_thumbnail", text_of(image), text_of(product), rq->now_us));
	return product_tell_changed(rq, p->out);
}

const struct err *
image_put(struct req *rq, const struct image_put_in *in, struct product *out)
{
	struct s3_object object;

	TRY(s3_head(rq, commerce_of(rq)->s3, image_key(rq, in->product_id, in->image_id), &object));
	TRY(check_object(rq, &object));
	FAULT_POINT("image.checked");
	TRY(db_tx(rq, TX_WRITE, put, &(struct putting){ in, object.content_type, out }));
	product_etag(rq, out);
	return NULL;
}
