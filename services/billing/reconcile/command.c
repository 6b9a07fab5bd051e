/* Commands around a restore: no automatic cancels, compare, look, acknowledge. */
#include <stdio.h>
#include <string.h>
#include "common/audit/audit.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "services/billing/reconcile/reconcile.h"

enum { REASON_MOST = 500 };

struct order { struct day day; struct text reason; struct sql_guard_read_row guard; bool on; };

static bool
is_reason(struct text t)
{
	return t.len > 0 && t.len <= REASON_MOST && text_is_utf8(t);
}

static const struct err *
read_guard(struct req *rq, void *arg)
{
	struct order *o = arg;

	return sql_guard_read(rq, &o->guard);
}

static const struct err *
turn_off(struct req *rq, void *arg)
{
	struct order *o = arg;

	TRY(sql_guard_off(rq, o->reason, rq->now_us));
	TRY(audit_put(rq, &(struct audit){ .action = "automatic_cancels.turned_off",
		.is = AUDIT_OF(kv_t("reason", o->reason)) }));
	return read_guard(rq, o);
}

const struct err *
command_cancels(struct req *rq, int argc, char **argv)
{
	struct order o = { 0 };
	char since[TIME_CHARS + 1];

	if (argc == 3 && strcmp(argv[1], "off") == 0)
		o.reason = text_of(argv[2]);
	if (argc != 1 && !is_reason(o.reason))
		return FAIL(rq, INVALID, "command.usage", "usage: cancels [off <reason>]");
	TRY(db_tx(rq, TX_WRITE, argc == 1 ? read_guard : turn_off, &o));
	time_print(o.guard.changed_at, since);
	(void)printf("automatic cancels are %s since %s: %.*s\n", o.guard.automatic_cancels ? "on" : "off", since,
	    TEXT_ARG(o.guard.reason));
	return NULL;
}

static const struct err *
put_reconciliation(struct req *rq, void *arg)
{
	struct order *o = arg;

	return reconcile_put(rq, day_text(rq, day_add_days(o->day, 1)));
}

const struct err *
command_reconcile(struct req *rq, int argc, char **argv)
{
	struct order o = { 0 };

	if (argc != 2 || !day_parse(text_of(argv[1]), &o.day))
		return FAIL(rq, INVALID, "command.usage", "usage: reconcile YYYY-MM-DD");
	TRY(db_tx(rq, TX_WRITE, put_reconciliation, &o));
	(void)printf("%s is compared by the service\n", argv[1]);
	return NULL;
}

static const struct err *
acknowledge(struct req *rq, void *arg)
{
	struct order *o = arg;

	TRY(reconciliation_ack(rq, o->day, o->reason, &o->on));
	return read_guard(rq, o);
}

const struct err *
command_acknowledge(struct req *rq, int argc, char **argv)
{
	struct order o = { .reason = argc == 3 ? text_of(argv[2]) : TEXT("") };

	if (!is_reason(o.reason) || !day_parse(text_of(argv[1]), &o.day))
		return FAIL(rq, INVALID, "command.usage", "usage: acknowledge YYYY-MM-DD <reason>");
	TRY(db_tx(rq, TX_WRITE, acknowledge, &o));
	(void)printf("%s is acknowledged; automatic cancels are %s\n", argv[1], o.guard.automatic_cancels ? "on" : "off");
	return NULL;
}
