/* The janitor: asks the provider by our own id until the payment is final.
 *
 * DONE settles, ABORTED or EXPIRED fail, IN_PROGRESS of a confirmed payment is captured again (under the same key, or a
 * next one when the provider keeps an error under it), a virtual account is waited for; silence or 404 leaves it open
 * until 40 minutes after the intent (the provider's 30 and ten more), then it has failed. One that has ended without
 * money is looked at once more, and behind silence until the provider speaks: what was captured all the same goes back. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "services/billing/payment/payment.h"
#include "services/billing/payment/webhook.h"

static const int64_t GIVE_UP_US = INT64_C(40) * 60 * 1000000;
static const int64_t ASK_AGAIN_US = INT64_C(60) * 1000000;
static const int64_t SELDOM_US = INT64_C(600) * 1000000;
static const int64_t FORGET_US = INT64_C(3) * 86400 * 1000000;

struct resolution { struct uuid id; struct asking asking; bool found; };

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

	return sql_payment_lock(rq, r->id, anybody, &r->asking.row, &r->found);
}

/* Nothing can come of it any more: the provider had its forty minutes, or the buyer has let his time pass and what
 * he began there is over as well. */
static bool
is_in_vain(const struct req *rq, const struct asking *a)
{
	bool silent = a->said.verdict == TOSS_ABSENT || a->said.verdict == TOSS_UNCLEAR ||
	    a->said.verdict == TOSS_IN_PROGRESS;

	return (silent && rq->now_us - a->row.created_at >= GIVE_UP_US) || (a->said.verdict == TOSS_OVER &&
	    text_is(a->row.status, "created") && rq->now_us >= a->row.expires_at);
}

static const struct err *
conclude(struct req *rq, void *arg)
{
	struct resolution *r = arg;
	struct asking *a = &r->asking;

	TRY(sql_payment_lock(rq, r->id, anybody, &a->row, &r->found));
	TRY(attempt_note(rq, &a->attempt, &a->said));
	if (is_in_vain(rq, a))
		return payment_fail(rq, &a->row, TEXT("EXPIRED"), "given up");
	if (text_is(a->row.status, "created") && a->said.verdict != TOSS_DONE)
		return NULL;                        /* the buyer has not come back yet */
	return payment_take(rq, &a->row, &a->said);
}

/* How long until it must be asked again; 0: all is said. An open payment has another job beside that of a hint, and the
 * next hint must find the place free. */
static int64_t
pause_of(const struct req *rq, const struct asking *a, bool hint)
{
	if (payment_is_open(a->row.status))
		return hint ? 0 : text_is(a->row.status, "waiting_deposit") ? SELDOM_US : ASK_AGAIN_US;
	return a->said.verdict == TOSS_UNCLEAR && payment_is_over(a->row.status) &&
	    rq->now_us - a->row.created_at < FORGET_US ? SELDOM_US : 0;
}

const struct err *
payment_resolve_job(struct req *rq, const struct job *job)
{
	struct resolution r = { 0 };
	bool hint = text_is(job->kind, "payment_hint");
	int64_t pause_us;

	if (!uuid_parse(job->key, &r.id))
		return FAIL(rq, INVALID, "payment.job_key", "the job's key is not a payment");
	TRY(db_tx(rq, TX_WRITE, look, &r));
	if (!r.found || (!payment_is_open(r.asking.row.status) && !payment_is_over(r.asking.row.status)))
		return NULL;
	TRY(payment_ask(rq, &r.asking));
	FAULT_POINT("payment.resolved");
	TRY(db_tx(rq, TX_WRITE, conclude, &r));
	if (hint)
		payment_hint_judge(rq, job, &r.asking.said);
	pause_us = pause_of(rq, &r.asking, hint);
	return pause_us > 0 ? job_again(rq, job, rq->now_us + pause_us, (struct text){ NULL, 0 }) : NULL;
}
