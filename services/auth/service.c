/* auth: who is who. What it answers: proto/auth; what it hears: listens.def; what it does by itself: jobs.def. */
#include "services/auth/service.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/migrations.gen.h"
#include "services/auth/access_log/reap.h"
#include "services/auth/audit/audit.h"
#include "services/auth/command/people.h"
#include "services/auth/member/remove.h"
#include "services/auth/open.h"
#include "services/auth/session/state.h"
#include "services/auth/template/set.h"
#include "services/auth/user/reap.h"

#define LISTEN(event, version, step) \
	static const struct err *event##_door(struct req *rq, const void *ev) { return step(rq, ev); }
#include "services/auth/listens.def"
#undef LISTEN

static const struct inbox_listen listens[] = {
#define LISTEN(event, version, step) { &event##_v##version##_event, event##_door, #step },
#include "services/auth/listens.def"
#undef LISTEN
};

static const struct job_type jobs[] = {
#define JOB(kind, step, tx, tries, lease_s, daily) { #kind, step, TX_##tx, tries, lease_s, daily },
#include "services/auth/jobs.def"
#undef JOB
};

static const struct svc_command commands[] = {
	{ "operator", "add <phone> <email> <name>", "make an operator; the password comes on standard input", command_operator },
	{ "user", "add <phone> <email> <name>", "make a user with a company; the password comes on standard input", command_user },
	{ "member", "remove <phone> [company code]", "take a user out of the current, or of this, company", command_member },
	{ "template", "set <company code> <template name> <flag,flag…>", "give a permission template exactly these flags",
	    command_template },
};

const struct svc auth_svc = { .name = "auth",
	.routes = auth_routes, .n_routes = AUTH_ROUTES,
	.listens = listens, .n_listens = COUNT_OF(listens), .jobs = jobs, .n_jobs = COUNT_OF(jobs),
	.config = auth_config_keys, .n_config = AUTH_CONFIG_KEYS, .config_values = &auth_config_values,
	.migrations = auth_migrations, .n_migrations = AUTH_MIGRATIONS,
	.commands = commands, .n_commands = COUNT_OF(commands),
	.needs_redis = true, .publishes = true, .audit = audit_write,
	.open = auth_open, .close = auth_close, .check = auth_check };
