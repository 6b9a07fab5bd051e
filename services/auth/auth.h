/* auth's own state and settings, as its steps use them. */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/req.h"
#include "common/token/digest.h"

struct auth_config {
#include "common/config/members.h"
#include "services/auth/config.def"
#include "common/config/end.h"
};

struct signing;
struct passwords;

/* Made by auth_open() before the doors, read-only afterwards. */
struct auth {
	const struct auth_config *config;
	struct passwords         *passwords;
	struct signing           *signing;
	struct key256             refresh_key, seal_key, code_key, device_key;
};

static inline struct auth *
auth_of(const struct req *rq)
{
	return rq->app->state;
}

static inline int64_t
seconds_us(int64_t s)
{
	return s * 1000000;
}
#endif
