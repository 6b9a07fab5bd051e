/* notification: alarms, stored, listed and pushed. What it answers: proto/notification; what it hears: listens.def; what
 * it does by itself: jobs.def; its Socket.IO door: door/. */
#include "services/notification/service.h"
#include "gen/proto/notification/notification.gen.h"
#include "gen/proto/public_events.gen.h"
#include "gen/services/notification/migrations.gen.h"
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/remind.h"
#include "services/notification/notification.h"
#include "services/notification/on/on.h"
#include "services/notification/webhook/webhook.h"

#define LISTEN(event, version, step) \
	static const struct err *step##_door(struct req *rq, const void *ev) { return step(rq, ev); }
#include "services/notification/listens.def"
#undef LISTEN

static const struct inbox_listen listens[] = {
#define LISTEN(event, version, step) { &event##_v##version##_event, step##_door, #step },
#include "services/notification/listens.def"
#undef LISTEN
/* Whatever may leave the suite is told to the webhooks that want it. */
#define HEAR(event) { &event##_event, webhook_hear, "webhook_hear" },
	PUBLIC_EVENTS(HEAR)
#undef HEAR
};

static const struct job_type jobs[] = {
#define JOB(kind, step, tx, tries, lease_s, daily) { #kind, step, TX_##tx, tries, lease_s, daily },
#include "services/notification/jobs.def"
#undef JOB
};

static const struct job_type apart[] = {
#define JOB(kind, step, tx, tries, lease_s, daily) { #kind, step, TX_##tx, tries, lease_s, daily },
#include "services/notification/webhook/jobs.def"
#undef JOB
};

static const struct svc_command commands[] = {
	{ "webhooks", "reseal", "seal the endpoints' secrets under the first key of DURE_WEBHOOK_KEY", command_webhooks },
};

const struct svc notification_svc = { .name = "notification",
	.routes = notification_routes, .n_routes = NOTIFICATION_ROUTES,
	.listens = listens, .n_listens = COUNT_OF(listens), .jobs = jobs, .n_jobs = COUNT_OF(jobs),
	.apart = apart, .n_apart = COUNT_OF(apart),
	.config = notification_config_keys, .n_config = NOTIFICATION_CONFIG_KEYS,
	.config_values = &notification_config_values,
	.migrations = notification_migrations, .n_migrations = NOTIFICATION_MIGRATIONS,
	.commands = commands, .n_commands = COUNT_OF(commands),
	.needs_redis = true, .publishes = true,
	.open = notification_open, .close = notification_close, .ready = notification_ready,
	.check = notification_check };
