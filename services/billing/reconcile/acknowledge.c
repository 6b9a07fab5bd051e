/* An operator has looked: the day is acknowledged, and what a restore had turned off may be on again. */
#include "common/log/log.h"
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
	return NULL;
}
