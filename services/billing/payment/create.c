/* POST /api/payments: the intent, before any money moves. */
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/billing/billing.h"
#include "services/billing/payment/payment.h"

struct text
payment_order_prefix(struct req *rq)
{
	return text_of(arena_printf(rq->mem, "%.8s-%.16s-", rq->app->config->stage, billing_of(rq)->config->installation));
}

struct text
payment_order_id(struct req *rq, struct uuid id)
{
	struct text word = text_base64url(rq->mem, (struct text){ (const char *)id.b, sizeof(id.b) });

	return text_of(arena_printf(rq->mem, "%.*s%.*s", TEXT_ARG(payment_order_prefix(rq)), TEXT_ARG(word)));
}

const struct err *
payment_create(struct req *rq, const struct payment_create_in *in, struct payment *out)
{
	struct uuid id = uuid_new();
	payment_row row = { .id = id, .order_id = payment_order_id(rq, id), .amount_krw = in->amount_krw,
		.status = TEXT("created"), .created_at = rq->now_us,
		.expires_at = rq->now_us + billing_of(rq)->config->intent_life_s * 1000000 };

	*out = PAYMENT(row);
	TRY(sql_payment_insert(rq, &(struct sql_payment_insert_in){ .id = id, .order_id = row.order_id,
		.user_id = rq->user, .company_id = rq->company, .amount_krw = in->amount_krw,
		.created_at = rq->now_us, .expires_at = row.expires_at }));
	LOG(rq, INFO, "payment.created", kv_u("payment", id), kv_i("amountKrw", in->amount_krw));
	return payment_resolve_later(rq, "payment_resolve", id, row.expires_at);
}
