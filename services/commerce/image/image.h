/* Pictures of products: keys, links, and how a picture becomes a thumbnail. */
#ifndef COMMERCE_IMAGE_IMAGE_H
#define COMMERCE_IMAGE_IMAGE_H
#include "common/core/id.h"
#include "common/jobs/jobs.h"
#include "gen/proto/commerce/commerce.gen.h"

enum { IMAGE_MOST = 10 << 20 };      /* bytes of a picture, as the contract says */

/* The columns of a product that say what its picture is; id nil: it has none. */
struct image_row { struct uuid product_id, id; struct text type, state, reason; };
/* As it is answered. Links are signed for the day that rq has: the same all day, good for at least another. */
struct product_image image_of(struct req *rq, const struct image_row *row);
/* The number of that day. */
int64_t     image_day(const struct req *rq);

/* Where the objects are kept: "products/<product>/<image>", the thumbnail behind ".thumbnail.webp". */
const char *image_key(struct req *rq, struct uuid product_id, struct uuid image_id);
const char *image_thumbnail_key(struct req *rq, struct uuid product_id, struct uuid image_id);

/* Runs dure-thumbnail on a picture, for at most ten seconds: the WebP in rq->mem, or the word of the refusal (never
 * both). INTERNAL when the program cannot be run. */
struct image_made { struct text thumbnail; const char *refused; };
const struct err *image_make(struct req *rq, struct text picture, struct image_made *out) MUST_USE;

/* The job behind image_put(): key is the image's id, payload the product's. */
job_door image_thumbnail_job;
#endif
