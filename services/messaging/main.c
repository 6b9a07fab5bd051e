/* messaging: text messages and KakaoTalk notices. What it answers: proto/messaging; what it hears: listens.def; what it does by itself:
 * jobs.def. */
#include "common/svc/svc.h"
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

int
main(int argc, char **argv)
{
	const struct svc messaging = { .name = "messaging",
		.routes = messaging_routes, .n_routes = messaging_n_routes,
		.listens = listens, .n_listens = COUNT_OF(listens), .jobs = jobs, .n_jobs = COUNT_OF(jobs),
		.config = messaging_config_keys, .n_config = messaging_config_n_keys, .config_values = messaging_config_values,
		.migrations = messaging_migrations, .n_migrations = messaging_n_migrations,
		.open = messaging_open, .close = messaging_close };

	return svc_main(argc, argv, &messaging);
}
