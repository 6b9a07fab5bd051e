/* billing: money at the providers. What it answers: proto/billing; what it hears: listens.def; what it does by itself:
 * jobs.def. */
#include "services/billing/service.h"
#include "gen/proto/billing/billing.gen.h"
#include "gen/services/billing/migrations.gen.h"
#include "services/billing/billing.h"
#include "services/billing/cancel/cancel.h"
#include "services/billing/on/on.h"
#include "services/billing/payment/payment.h"
#include "services/billing/payment/webhook.h"
#include "services/billing/reconcile/reconcile.h"
#include "services/billing/review/review.h"

#define LISTEN(event, version, step) \
	static const struct err *step##_door(struct req *rq, const void *ev) { return step(rq, ev); }
#include "services/billing/listens.def"
#undef LISTEN

static const struct inbox_listen listens[] = {
#define LISTEN(event, version, step) { &event##_v##version##_event, step##_door, #step },
#include "services/billing/listens.def"
#undef LISTEN
};

static const struct job_type jobs[] = {
#define JOB(kind, step, tx, tries, lease_s, daily) { #kind, step, TX_##tx, tries, lease_s, daily },
#include "services/billing/jobs.def"
#undef JOB
};

static const struct svc_command commands[] = {
	{ "cancels", "[off <reason>]", "may money go back without a person's decision? off: behind a restore", command_cancels },
	{ "reconcile", "<day>", "compare a day with the provider's list now", command_reconcile },
	{ "acknowledge", "<day> <reason>", "its differences were looked at; automatic cancels are on again", command_acknowledge },
};

const struct svc billing_svc = { .name = "billing",
	.routes = billing_routes, .n_routes = BILLING_ROUTES,
	.listens = listens, .n_listens = COUNT_OF(listens), .jobs = jobs, .n_jobs = COUNT_OF(jobs),
	.config = billing_config_keys, .n_config = BILLING_CONFIG_KEYS, .config_values = &billing_config_values,
	.migrations = billing_migrations, .n_migrations = BILLING_MIGRATIONS, 
	.commands = commands, .n_commands = COUNT_OF(commands), .publishes = true, .check = billing_check,
	.open = billing_open, .close = billing_close };
