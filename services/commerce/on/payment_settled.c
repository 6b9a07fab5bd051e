/* payment.settled: the money is at the provider, the points go to the ledger. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/on/payment_settled.sql.h"
#include "services/commerce/on/on.h"

const struct err *
on_payment_settled(struct req *rq, const struct payment_settled_v1 *ev)
{
	struct sql_points_credit_row row;

	if (!text_is(ev->purpose, "points"))
		return NULL;
	TRY(sql_points_credit(rq, uuid_new(), ev->user_id, ev->company_id, ev->amount_krw, ev->payment_id, rq->now_us,
	    &row));
	return outbox_put(rq, &points_credited_v1_event, ev->user_id, &(struct points_credited_v1){
		.user_id = ev->user_id, .company_id = ev->company_id, .source_id = ev->payment_id,
		.amount_krw = ev->amount_krw, .balance_krw = row.balance_krw, .credited_at = rq->now_us });
}
