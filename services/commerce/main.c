/* commerce: the shop. What it answers: proto/commerce; what it hears: listens.def. */
#include "common/svc/svc.h"
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

int
main(int argc, char **argv)
{
	const struct svc commerce = { .name = "commerce",
		.routes = commerce_routes, .n_routes = commerce_n_routes,
		.listens = listens, .n_listens = COUNT_OF(listens),
		.migrations = commerce_migrations, .n_migrations = commerce_n_migrations, .publishes = true };

	return svc_main(argc, argv, &commerce);
}
