/* notification's own state and settings, as its steps use them. */
#ifndef NOTIFICATION_NOTIFICATION_H
#define NOTIFICATION_NOTIFICATION_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/req.h"

struct notification_config {
#include "common/config/members.h"
#include "services/notification/config.def"
#include "common/config/end.h"
};

struct auth_line;
struct callers;
struct door;
struct webhook_line;

/* Made by notification_open() before the doors, read-only afterwards. */
struct notification {
	const struct notification_config *config;
	struct auth_line                 *auth;
	struct callers                   *callers;
	struct door                      *door;
	struct webhook_line              *webhooks;
};

static inline struct notification *
notification_of(const struct req *rq)
{
	return rq->app->state;
}

enum {
	NOTIFICATION_CONFIG_KEYS = 0
#include "common/config/count.h"
#include "services/notification/config.def"
#include "common/config/end.h"
};
extern const struct config_key notification_config_keys[];
extern struct notification_config notification_config_values;
const struct err *notification_open(struct req *rq, struct app *app);
void              notification_close(struct app *app);
/* The Socket.IO door is open. */
const struct err *notification_ready(struct req *rq);
/* In production webhooks reach the public internet only. */
int               notification_check(const void *config_values, bool prod, FILE *problems);
#endif
