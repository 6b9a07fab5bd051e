/* Nightly: points that nobody spent in time go, the oldest first; their owner hears of it.
 *
 * A batch of accounts per transaction, so that no lock is held for long. What has expired is out of the sum that decides,
 * so a run that was cut off begins anew and does nothing twice. */
#include "services/commerce/points/expire.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/points/expire.sql.h"
#include "services/commerce/commerce.h"

enum { BATCH = 200 };

static const int64_t DAY_US = INT64_C(24) * 3600 * 1000000;

/* after: the last account of the batch before. n: how many accounts this one had. */
struct batch { struct uuid after; int64_t cutoff_us; size_t n; };

static const struct err *
tell(struct req *rq, const struct sql_points_expire_write_row *row)
{
	rq->company = row->company_id;
	return outbox_put(rq, &points_expired_v1_event, row->user_id, &(struct points_expired_v1){ .entry_id = row->entry_id,
		.user_id = row->user_id, .company_id = row->company_id, .amount_krw = row->amount_krw,
		.balance_krw = row->balance_krw, .expired_at = rq->now_us });
}

/* Locks first and adds up in a second statement, which sees all that was written before the locks were got. */
static const struct err *
expire(struct req *rq, void *arg)
{
	struct batch *batch = arg;
	struct sql_points_expire_lock_row *accounts;
	struct sql_points_expire_write_row *rows;
	struct uuid *users, *entries;
	size_t n;

	TRY(sql_points_expire_lock(rq, batch->after, batch->cutoff_us, BATCH, &accounts, &batch->n));
	if (batch->n == 0)
		return NULL;
	users = NEWS(rq->mem, struct uuid, batch->n);
	entries = NEWS(rq->mem, struct uuid, batch->n);
	for (size_t i = 0; i < batch->n; i++) {
		users[i] = accounts[i].user_id;
		entries[i] = uuid_new();
	}
	TRY(sql_points_expire_write(rq, users, batch->n, entries, batch->n, batch->cutoff_us, rq->now_us, &rows, &n));
	for (size_t i = 0; i < n; i++)
		TRY(tell(rq, &rows[i]));
	LOG(rq, INFO, "points.expired", kv_i("accounts", (int64_t)n));
	batch->after = users[batch->n - 1];
	return NULL;
}

const struct err *
points_expire_job(struct req *rq, const struct job *job)
{
	int64_t days = commerce_config_values.points_expire_days;
	struct batch batch = { .cutoff_us = rq->now_us - days * DAY_US, .n = BATCH };

	(void)job;
	while (days > 0 && batch.n == BATCH) {
		TRY(db_tx(rq, TX_WRITE, expire, &batch));
		FAULT_POINT("points.expired");
	}
	return NULL;
}
