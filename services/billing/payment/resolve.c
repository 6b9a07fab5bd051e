/* The janitor: asks the provider by our own id until the payment is final.
 *
 * DONE settles, ABORTED or EXPIRED fail, IN_PROGRESS of a confirmed payment is confirmed again under the same
 * key, a virtual account is waited for; silence or 404 leaves it open until 40 minutes after the intent
 * (the provider's 30 and ten more), then it has failed. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "services/billing/payment/payment.h"

static const int64_t GIVE_UP_US = INT64_C(40) * 60 * 1000000;
static const int64_t ASK_AGAIN_US = INT64_C(60) * 1000000;
static const int64_t DEPOSIT_AGAIN_US = INT64_C(600) * 1000000;

struct resolution { struct uuid id; payment_row row; struct toss_payment said; bool found; };

const struct err *
payment_resolve_later(struct req *rq, const char *kind, struct uuid id, int64_t due_us)
{
	char key[UUID_CHARS + 1];

	uuid_print(id, key);
	return job_put(rq, kind, text_of(key), (struct text){ NULL, 0 }, due_us);
}

static const struct err *
look(struct req *rq, void *arg)
{
	struct resolution *r = arg;

	return sql_payment_lock(rq, r->id, &r->row, &r->found);
}

/* Nothing can come of it any more: the provider had its forty minutes, or the buyer has let his time pass and what
 * he began there is over as well. */
static bool
is_in_vain(const struct req *rq, const struct resolution *r)
{
	bool silent = r->said.verdict == TOSS_ABSENT || r->said.verdict == TOSS_UNCLEAR ||
	    r->said.verdict == TOSS_IN_PROGRESS;

	return (silent && rq->now_us - r->row.created_at >= GIVE_UP_US) || (r->said.verdict == TOSS_OVER &&
	    text_is(r->row.status, "created") && rq->now_us >= r->row.expires_at);
}

static const struct err *
conclude(struct req *rq, void *arg)
{
	struct resolution *r = arg;

	TRY(sql_payment_lock(rq, r->id, &r->row, &r->found));
	if (is_in_vain(rq, r))
		return payment_fail(rq, &r->row, TEXT("EXPIRED"), "given up");
	if (text_is(r->row.status, "created") && r->said.verdict != TOSS_DONE)
		return NULL;                        /* the buyer has not come back yet */
	return payment_take(rq, &r->row, &r->said);
}

static void
ask(struct req *rq, struct resolution *r)
{
	char id[UUID_CHARS + 1];

	toss_read(rq, r->row.order_id, &r->said);
	if (r->said.verdict != TOSS_IN_PROGRESS || r->row.provider_key.at == NULL)
		return;
	uuid_print(r->row.id, id);
	toss_confirm(rq, r->row.provider_key, r->row.order_id, r->row.amount_krw, text_of(id), &r->said);
}

const struct err *
payment_resolve_job(struct req *rq, const struct job *job)
{
	struct resolution r = { 0 };

	if (!uuid_parse(job->key, &r.id))
		return FAIL(rq, INVALID, "payment.job_key", "the job's key is not a payment");
	TRY(db_tx(rq, TX_WRITE, look, &r));
	if (!r.found || !payment_is_open(r.row.status))
		return NULL;
	ask(rq, &r);
	FAULT_POINT("payment.resolved");
	TRY(db_tx(rq, TX_WRITE, conclude, &r));
	if (!payment_is_open(r.row.status))
		return NULL;
	return job_again(rq, job, rq->now_us + (text_is(r.row.status, "waiting_deposit") ? DEPOSIT_AGAIN_US : ASK_AGAIN_US),
	    (struct text){ NULL, 0 });
}
