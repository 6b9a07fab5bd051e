/* What only auth has, opened before its doors and closed after them; and its configuration table. */
#ifndef AUTH_OPEN_H
#define AUTH_OPEN_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/err.h"

extern const struct config_key auth_config_keys[];
extern const size_t auth_config_n_keys;
extern void *const auth_config_values;

const struct err *auth_open(struct req *rq, struct app *app);
void              auth_close(struct app *app);
#endif
