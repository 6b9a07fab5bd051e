/* The job image_thumbnail: fetch, make, store, then say so. Run twice it does the same twice. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/provider/s3.h"
#include "gen/services/commerce/image/thumbnail.sql.h"
#include "services/commerce/commerce.h"
#include "services/commerce/product/product.h"

struct settling { struct uuid product_id, image_id; const char *refused; };

static const struct err *
settle(struct req *rq, void *arg)
{
	const struct settling *s = arg;
	struct sql_image_settle_row row;
	struct product product;
	bool found;

	TRY(sql_image_settle(rq, s->product_id, s->image_id, text_of(s->refused != NULL ? "refused" : "ready"),
	    s->refused != NULL ? text_of(s->refused) : (struct text){ 0 }, rq->now_us, &row, &found));
	if (!found)
		return NULL;
	LOG(rq, INFO, "image.settled", kv_u("image", s->image_id), kv_s("refused", s->refused != NULL ? s->refused : "no"));
	product = PRODUCT(rq, row);
	return product_tell_changed(rq, &product);
}

static const struct err *
make_and_store(struct req *rq, const struct settling *s, struct text picture, const char **refused)
{
	struct image_made made;

	TRY(image_make(rq, picture, &made));
	*refused = made.refused;
	FAULT_POINT("image.made");
	if (made.refused != NULL)
		return NULL;
	return s3_put(rq, commerce_of(rq)->s3, image_thumbnail_key(rq, s->product_id, s->image_id), "image/webp",
	    made.thumbnail);
}

const struct err *
image_thumbnail_job(struct req *rq, const struct job *job)
{
	struct s3_object object;
	struct settling s = { 0 };
	struct sql_image_waiting_row row;

	if (!uuid_parse(job->payload, &s.product_id) || !uuid_parse(job->key, &s.image_id))
		return FAIL(rq, INTERNAL, "image.job", "the job does not name a product and an image");
	TRY(sql_image_waiting(rq, s.product_id, s.image_id, &row));
	if (!row.waiting)
		return NULL;
	TRY(s3_get(rq, commerce_of(rq)->s3, image_key(rq, s.product_id, s.image_id), &object));
	if (object.found)
		TRY(make_and_store(rq, &s, object.body, &s.refused));
	else
		s.refused = "missing";
	FAULT_POINT("image.stored");
	return db_tx(rq, TX_WRITE, settle, &s);
}
