/* What only commerce has: the bucket of its pictures. */
#include "common/provider/s3.h"
#include "services/commerce/commerce.h"
#include "services/commerce/image/image.h"

/* A picture, and little beside it, may come in one answer. */
enum { PARALLEL = 16, OBJECT_MOST = IMAGE_MOST + 1024 };

const struct err *
commerce_open(struct req *rq, struct app *app)
{
	static struct commerce commerce;
	const struct commerce_config *settings = &commerce_config_values;

	app->state = &commerce;
	return s3_open(rq, &commerce.s3, &(struct s3_config){ .base_url = settings->s3_base_url,
		.bucket = settings->s3_bucket, .region = settings->s3_region, .access_key = settings->s3_access_key,
		.secret = settings->s3_secret, .timeout_ms = (int)settings->s3_timeout_ms, .max_parallel = PARALLEL,
		.object_max_bytes = OBJECT_MOST });
}

void
commerce_close(struct app *app)
{
	struct commerce *commerce = app->state;

	s3_close(&commerce->s3);
}
