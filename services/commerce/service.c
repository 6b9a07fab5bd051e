/* commerce: the shop. What it answers: proto/commerce; what it hears: listens.def. */
#include "services/commerce/service.h"
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/migrations.gen.h"
#include "services/commerce/on/on.h"

#define LISTEN(event, version, step) \
	static const struct err *step##_door(struct req *rq, const void *ev) { return step(rq, ev); }
#include "services/commerce/listens.def"
#undef LISTEN

static const struct inbox_listen listens[] = {
#define LISTEN(event, version, step) { &event##_v##version##_event, step##_door, #step },
#include "services/commerce/listens.def"
#undef LISTEN
};

const struct svc commerce_svc = { .name = "commerce",
	.routes = commerce_routes, .n_routes = COMMERCE_ROUTES,
	.listens = listens, .n_listens = COUNT_OF(listens),
	.migrations = commerce_migrations, .n_migrations = COMMERCE_MIGRATIONS, .publishes = true };
