/* The provider's list is read page by page, then compared in one transaction. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "services/billing/payment/payment.h"
#include "services/billing/reconcile/reconcile.h"
#include "services/billing/review/review.h"

METRIC(differences, GAUGE, "dure_payment_reconciliation_differences", NULL,
    "Differences between the books and the provider in the last reconciliation");

/* Differences that are followed in one night; the rest stands in the table. */
enum { FOLLOWED_MOST = 500 };
/* Days that are made up for at a time; the earliest of them puts those before it. */
enum { MISSED_MOST = 31 };

struct night { struct day day; int64_t from_us, to_us; struct toss_transaction *rows; size_t n; bool first, last; };

static const struct err *
store(struct req *rq, const struct night *n)
{
	struct text *keys = NEWS(rq->mem, struct text, n->n), *orders = NEWS(rq->mem, struct text, n->n);
	struct text *payments = NEWS(rq->mem, struct text, n->n);
	int64_t *amounts = NEWS(rq->mem, int64_t, n->n);
	size_t kept = 0;

	for (size_t i = 0; i < n->n; i++) {
		const struct toss_transaction *t = &n->rows[i];

		if (t->amount_krw == 0 || t->at_us < n->from_us || t->at_us >= n->to_us || !payment_order_is_ours(rq, t->order_id))
			continue;
		keys[kept] = t->key;
		orders[kept] = t->order_id;
		payments[kept] = t->payment_key;
		amounts[kept++] = t->amount_krw;
	}
	return sql_reconciliation_add(rq, n->day, keys, kept, orders, kept, payments, kept, amounts, kept);
}

/* What can be done about a difference without a person. */
static const struct err *
follow(struct req *rq, const struct sql_difference_list_row *d)
{
	bool theirs = d->theirs_krw > d->theirs_refunded_krw, open = d->status.at != NULL && payment_is_open(d->status);
	struct capture capture = { "unknown_capture", d->order_id, d->provider_key, d->theirs_krw - d->theirs_refunded_krw,
		d->payment_id };

	if (!theirs)
		return NULL;
	if (uuid_is_nil(d->payment_id))
		return review_raise(rq, &capture);
	if (open || payment_is_over(d->status))
		return payment_resolve_later(rq, "payment_hint", d->payment_id, rq->now_us);
	capture.code = "second_capture";
	return text_eq(d->own_key, d->provider_key) ? NULL : review_raise(rq, &capture);
}

static const struct err *
conclude(struct req *rq, const struct night *n)
{
	struct sql_reconciliation_end_row end;
	struct sql_difference_list_row *rows;
	size_t found;

	TRY(sql_reconciliation_compare(rq, n->day, n->from_us, n->to_us));
	TRY(sql_difference_list(rq, n->day, FOLLOWED_MOST, &rows, &found));
	TRY(sql_reconciliation_end(rq, n->day, n->from_us, n->to_us, rq->now_us, &end));
	FAULT_POINT("reconcile.compared");
	metric_set(&differences, NULL, end.differences);
	LOG(rq, INFO, "payment.reconciled", kv_t("day", day_text(rq, n->day)), kv_i("differences", end.differences),
	    kv_i("oursKrw", end.ours_krw), kv_i("theirsKrw", end.theirs_krw));
	for (size_t i = 0; i < found; i++)
		TRY(follow(rq, &rows[i]));
	return found == 0 ? NULL : alarm_raise(rq, &(struct capture){ "reconciliation", rows[0].order_id,
		rows[0].provider_key, end.theirs_krw - end.ours_krw, rows[0].payment_id });
}

/* Nights that nobody was there for are compared as well: the jobs of the workers know of the last one only. */
static const struct err *
put_missed(struct req *rq, struct day day)
{
	struct sql_reconciliation_missed_row *rows;
	size_t n;

	TRY(sql_reconciliation_missed(rq, day, MISSED_MOST, &rows, &n));
	for (size_t i = 0; i < n; i++)
		TRY(reconcile_put(rq, rows[i].key));
	return NULL;
}

static const struct err *
begin(struct req *rq, struct day day)
{
	TRY(put_missed(rq, day));
	return sql_reconciliation_begin(rq, uuid_new(), day);
}

static const struct err *
write(struct req *rq, void *arg)
{
	const struct night *n = arg;

	if (n->first)
		TRY(begin(rq, n->day));
	TRY(store(rq, n));
	return n->last ? conclude(rq, n) : NULL;
}

const struct err *
reconcile_put(struct req *rq, struct text key)
{
	return job_put(rq, "payment_reconcile", key, (struct text){ NULL, 0 }, rq->now_us);
}

const struct err *
reconcile_job(struct req *rq, const struct job *job)
{
	struct night n = { .first = job->payload.len == 0 };
	struct day today;

	if (!day_parse(job->key, &today))
		return FAIL(rq, INVALID, "reconcile.job_key", "the job's key is not a day");
	n.day = day_add_days(today, -1);
	n.from_us = day_start_us(n.day);
	n.to_us = day_start_us(today);
	TRY(toss_list(rq, n.from_us, n.to_us, job->payload, &n.rows, &n.n));
	FAULT_POINT("reconcile.listed");
	n.last = n.n < TOSS_LIST_MOST;
	TRY(db_tx(rq, TX_WRITE, write, &n));
	return n.last ? NULL : job_again(rq, job, rq->now_us, n.rows[n.n - 1].key);
}
