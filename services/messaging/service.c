/* messaging: text messages and KakaoTalk notices. What it answers: proto/messaging; what it hears: listens.def; what it
 * does by itself: jobs.def. */
#include "services/messaging/service.h"
#include "gen/proto/messaging/messaging.gen.h"
#include "gen/services/messaging/migrations.gen.h"
#include "services/messaging/messaging.h"
#include "services/messaging/on/on.h"
#include "services/messaging/message/message.h"

#define LISTEN(event, version, step) \
	static const struct err *step##_door(struct req *rq, const void *ev) { return step(rq, ev); }
#include "services/messaging/listens.def"
#undef LISTEN

static const struct inbox_listen listens[] = {
#define LISTEN(event, version, step) { &event##_v##version##_event, step##_door, #step },
#include "services/messaging/listens.def"
#undef LISTEN
};

static const struct job_type jobs[] = {
#define JOB(kind, step, tx, tries, lease_s, daily) { #kind, step, TX_##tx, tries, lease_s, daily },
#include "services/messaging/jobs.def"
#undef JOB
};

const struct svc messaging_svc = { .name = "messaging",
	.routes = messaging_routes, .n_routes = MESSAGING_ROUTES,
	.listens = listens, .n_listens = COUNT_OF(listens), .jobs = jobs, .n_jobs = COUNT_OF(jobs),
	.config = messaging_config_keys, .n_config = MESSAGING_CONFIG_KEYS, .config_values = &messaging_config_values,
	.migrations = messaging_migrations, .n_migrations = MESSAGING_MIGRATIONS,
	.publishes = true, .open = messaging_open, .close = messaging_close };
