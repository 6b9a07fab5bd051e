/* billing's own state and settings, as its steps use them. */
#ifndef BILLING_BILLING_H
#define BILLING_BILLING_H
#include <stdio.h>
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/req.h"

struct billing_config {
#define CONFIG_TEXT(name, ...) const char *name;
#define CONFIG_INT(name, ...)  int64_t name;
#define CONFIG_BOOL(name, ...) bool name;
#include "services/billing/config.def"
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_BOOL
};

struct provider;

/* Made by billing_open() before the doors, read-only afterwards. */
struct billing {
	const struct billing_config *config;
	struct provider             *toss;
};

static inline struct billing *
billing_of(const struct req *rq)
{
	return rq->app->state;
}

enum {
	BILLING_CONFIG_KEYS = 0
#define CONFIG_TEXT(...) +1
#define CONFIG_INT(...)  +1
#define CONFIG_BOOL(...) +1
#include "services/billing/config.def"
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_BOOL
};
extern const struct config_key billing_config_keys[];
extern struct billing_config billing_config_values;
const struct err *billing_open(struct req *rq, struct app *app);
void              billing_close(struct app *app);
/* check-config: in prod a test key of the provider is a problem, told on a line. */
int               billing_check(const void *config_values, bool prod, FILE *problems);
#endif
