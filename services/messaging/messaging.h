/* messaging's own state and settings, as its steps use them. */
#ifndef MESSAGING_MESSAGING_H
#define MESSAGING_MESSAGING_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/req.h"
#include "common/token/digest.h"

struct messaging_config {
#define CONFIG_TEXT(name, ...) const char *name;
#define CONFIG_INT(name, ...)  int64_t name;
#define CONFIG_BOOL(name, ...) bool name;
#include "services/messaging/config.def"
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_BOOL
};

struct provider;

/* Made by messaging_open() before the doors, read-only afterwards. */
struct messaging {
	const struct messaging_config *config;
	struct provider               *sens;
	struct key256                  seal_key;
};

static inline struct messaging *
messaging_of(const struct req *rq)
{
	return rq->app->state;
}

enum {
	MESSAGING_CONFIG_KEYS = 0
#define CONFIG_TEXT(...) +1
#define CONFIG_INT(...)  +1
#define CONFIG_BOOL(...) +1
#include "services/messaging/config.def"
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_BOOL
};
extern const struct config_key messaging_config_keys[];
extern struct messaging_config messaging_config_values;
const struct err *messaging_open(struct req *rq, struct app *app);
void              messaging_close(struct app *app);
#endif
