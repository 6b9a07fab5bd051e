/* commerce's own settings and what it holds open, as its steps use them. */
#ifndef COMMERCE_COMMERCE_H
#define COMMERCE_COMMERCE_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/req.h"

struct commerce_config {
#include "common/config/members.h"
#include "services/commerce/config.def"
#include "common/config/end.h"
};

enum {
	COMMERCE_CONFIG_KEYS = 0
#include "common/config/count.h"
#include "services/commerce/config.def"
#include "common/config/end.h"
};
extern const struct config_key commerce_config_keys[];
extern struct commerce_config commerce_config_values;     /* read-only once the service is open */

/* What app->state points at. */
struct s3;
struct commerce { struct s3 *s3; };
static inline const struct commerce *
commerce_of(const struct req *rq)
{
	return rq->app->state;
}

const struct err *commerce_open(struct req *rq, struct app *app) MUST_USE;
void        commerce_close(struct app *app);
#endif
