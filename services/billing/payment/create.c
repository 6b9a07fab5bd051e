/* POST /api/payments: the intent, before any money moves. */
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/billing/billing.h"
#include "services/billing/payment/payment.h"

/* 16 bytes in base64url. */
enum { WORD_CHARS = 22 };

static struct text
prefix_of(struct req *rq)
{
	return text_of(arena_printf(rq->mem, "%.8s-%.16s-", rq->app->config->stage, billing_of(rq)->config->installation));
}

struct text
payment_order_id(struct req *rq, struct uuid id)
{
	struct text word = text_base64url(rq->mem, (struct text){ (const char *)id.b, sizeof(id.b) });

	return text_of(arena_printf(rq->mem, "%.*s%.*s", TEXT_ARG(prefix_of(rq)), TEXT_ARG(word)));
}

/* The length as well: "dev-local-" is also how the ids of an installation "local-2" begin. */
bool
payment_order_is_ours(struct req *rq, struct text order_id)
{
	struct text prefix = prefix_of(rq);

	return order_id.len == prefix.len + WORD_CHARS && text_starts(order_id, prefix);
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
