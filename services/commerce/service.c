/* commerce: the shop. What it answers: proto/commerce; what it hears: listens.def; what it does by itself: jobs.def. */
#include "services/commerce/service.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/migrations.gen.h"
#include "services/commerce/commerce.h"
#include "services/commerce/image/image.h"
#include "services/commerce/on/on.h"
#include "services/commerce/points/expire.h"

#define LISTEN(event, version, step) \
	static const struct err *step##_door(struct req *rq, const void *ev) { return step(rq, ev); }
#include "services/commerce/listens.def"
#undef LISTEN

static const struct inbox_listen listens[] = {
#define LISTEN(event, version, step) { &event##_v##version##_event, step##_door, #step },
#include "services/commerce/listens.def"
#undef LISTEN
};

static const struct job_type jobs[] = {
#define JOB(kind, step, tx, tries, lease_s, daily) { #kind, step, TX_##tx, tries, lease_s, daily },
#include "services/commerce/jobs.def"
#undef JOB
};

const struct svc commerce_svc = { .name = "commerce",
	.routes = commerce_routes, .n_routes = COMMERCE_ROUTES,
	.listens = listens, .n_listens = COUNT_OF(listens), .jobs = jobs, .n_jobs = COUNT_OF(jobs),
	.config = commerce_config_keys, .n_config = COMMERCE_CONFIG_KEYS, .config_values = &commerce_config_values,
	.migrations = commerce_migrations, .n_migrations = COMMERCE_MIGRATIONS, .publishes = true,
	.open = commerce_open, .close = commerce_close };
