/* What only auth has, opened before its doors and closed after them; and its configuration table. */
#ifndef AUTH_OPEN_H
#define AUTH_OPEN_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/err.h"
struct auth_config;

enum {
	AUTH_CONFIG_KEYS = 0
#include "common/config/count.h"
#include "services/auth/config.def"
#include "common/config/end.h"
};
extern const struct config_key auth_config_keys[];
extern struct auth_config auth_config_values;

const struct err *auth_open(struct req *rq, struct app *app);
void              auth_close(struct app *app);
/* For check-config: a line per problem, returns how many. */
int               auth_check(const void *config_values, bool prod, FILE *problems);
#endif
