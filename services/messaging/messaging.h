/* messaging's own state and settings, as its steps use them. */
#ifndef MESSAGING_MESSAGING_H
#define MESSAGING_MESSAGING_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/req.h"
#include "common/token/digest.h"

struct messaging_config {
#include "common/config/members.h"
#include "services/messaging/config.def"
#include "common/config/end.h"
};

struct provider;

/* Made by messaging_open() before the doors, read-only afterwards. */
struct messaging {
	const struct messaging_config *config;
	struct provider               *sens;
	struct keylist                 seal_keys;
};

static inline struct messaging *
messaging_of(const struct req *rq)
{
	return rq->app->state;
}

enum {
	MESSAGING_CONFIG_KEYS = 0
#include "common/config/count.h"
#include "services/messaging/config.def"
#include "common/config/end.h"
};
extern const struct config_key messaging_config_keys[];
extern struct messaging_config messaging_config_values;
const struct err *messaging_open(struct req *rq, struct app *app);
void              messaging_close(struct app *app);
#endif
