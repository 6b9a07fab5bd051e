/* billing's own state and settings, as its steps use them. */
#ifndef BILLING_BILLING_H
#define BILLING_BILLING_H
#include <stdio.h>
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/req.h"

struct billing_config {
#include "common/config/members.h"
#include "services/billing/config.def"
#include "common/config/end.h"
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
#include "common/config/count.h"
#include "services/billing/config.def"
#include "common/config/end.h"
};
extern const struct config_key billing_config_keys[];
extern struct billing_config billing_config_values;
const struct err *billing_open(struct req *rq, struct app *app);
/* The open payments and reviews as gauges. */
const struct err *billing_gauge(struct req *rq);
void              billing_close(struct app *app);
/* check-config: in prod a test key of the provider is a problem, told on a line. */
int               billing_check(const void *config_values, bool prod, FILE *problems);
#endif
