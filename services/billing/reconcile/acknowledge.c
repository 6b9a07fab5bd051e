/* An operator has looked: the day is acknowledged, and what a restore had turned off may be on again. */
#include "common/audit/audit.h"
#include "services/billing/reconcile/reconcile.h"

const struct err *
reconciliation_ack(struct req *rq, struct day day, struct text reason, bool *on)
{
	int64_t changed, turned;

	TRY(sql_reconciliation_acknowledge(rq, day, rq->user, rq->now_us, reason, &changed));
	if (changed == 0)
		return FAIL(rq, NOT_FOUND, "reconciliation.not_found", "that day has not been compared");
	TRY(sql_guard_on(rq, day, reason, rq->now_us, &turned));
	*on = turned > 0;
	LOG(rq, INFO, "reconciliation.acknowledged", kv_t("day", day_text(rq, day)), kv_i("cancelsOn", turned));
	TRY(audit_put(rq, &(struct audit){ .action = "reconciliation.acknowledged",
		.is = AUDIT_OF(kv_t("day", day_text(rq, day)), kv_t("reason", reason)) }));
	return turned == 0 ? NULL : audit_put(rq, &(struct audit){ .action = "automatic_cancels.turned_on",
		.is = AUDIT_OF(kv_t("reason", reason)) });
}
