/* payment.cancel_failed: the provider keeps the money, so the held points return to their owner, once. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/on/payment_cancel_failed.sql.h"
#include "services/commerce/on/on.h"

const struct err *
on_payment_cancel_failed(struct req *rq, const struct payment_cancel_failed_v1 *ev)
{
	struct sql_points_release_row row;
	bool found;

	TRY(sql_points_release(rq, uuid_new(), ev->user_id, ev->cancel_id, rq->now_us, &row, &found));
	if (!found) {
		LOG(rq, WARN, "points.nothing_held", kv_u("cancel", ev->cancel_id));
		return NULL;
	}
	FAULT_POINT("points.released");
	return outbox_put(rq, &points_credited_v1_event, ev->user_id, &(struct points_credited_v1){
		.user_id = ev->user_id, .company_id = ev->company_id, .source_id = ev->cancel_id,
		.amount_krw = row.amount_krw, .balance_krw = row.balance_krw, .credited_at = rq->now_us });
}
