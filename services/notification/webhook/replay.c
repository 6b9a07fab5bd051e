/* Sending again: one delivery, or a stretch of time in the background; and the end of what is old. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/http/page.h"
#include "common/log/log.h"
#include "gen/services/notification/webhook/delivery.sql.h"
#include "gen/services/notification/webhook/endpoint.sql.h"
#include "gen/services/notification/webhook/replay.sql.h"
#include "services/notification/webhook/webhook.h"

enum { REPLAY_BATCH = 500, REAP_BATCH = 1000 };
static const int64_t KEPT_US = INT64_C(30) * 24 * 3600 * 1000000;

static const struct err *
must_be_enabled(struct req *rq, struct uuid webhook)
{
	struct sql_webhook_find_row row;
	bool found;

	TRY(sql_webhook_find(rq, webhook, &row, &found));
	TRY(webhook_must_be(rq, found));
	return text_is(row.status, "enabled") ? NULL
					      : FAIL(rq, CONFLICT, "webhook.disabled", "the endpoint is disabled; enable it first");
}

const struct err *
webhook_delivery_replay(struct req *rq, const struct webhook_delivery_replay_in *in, struct webhook_delivery *out)
{
	struct sql_webhook_delivery_again_row row;
	struct sql_webhook_delivery_find_row there;
	bool found;

	TRY(must_be_enabled(rq, in->webhook_id));
	TRY(sql_webhook_delivery_again(rq, in->delivery_id, in->webhook_id, rq->now_us, &row, &found));
	if (found) {
		*out = WEBHOOK_DELIVERY(row);
		return webhook_put_job(rq, row.id, row.round);
	}
	TRY(sql_webhook_delivery_find(rq, in->delivery_id, in->webhook_id, &there, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "webhook.delivery_not_found", "there is no such delivery");
	return FAIL(rq, CONFLICT, "webhook.still_waiting", "this delivery has not ended yet");
}

const struct err *
webhook_replay_create(struct req *rq, const struct webhook_replay_create_in *in, struct webhook_replay *out)
{
	struct err_fields fs = { .rq = rq };
	char key[UUID_CHARS + 1];

	if (in->until <= in->from)
		err_field_add(&fs, "/until", "too_small", "the stretch must end after it begins");
	TRY(err_fields_done(&fs));
	TRY(must_be_enabled(rq, in->webhook_id));
	*out = (struct webhook_replay){ .id = uuid_new(), .from = in->from, .until = in->until,
		.failed_only = !in->has_failed_only || in->failed_only, .created_at = rq->now_us };
	uuid_print(out->id, key);
	TRY(sql_webhook_replay_insert(rq, out->id, in->webhook_id, out->from, out->until, out->failed_only, rq->now_us));
	LOG(rq, INFO, "webhook.replay", kv_u("webhook", in->webhook_id), kv_u("replay", out->id));
	return job_put(rq, "webhook_replay", text_of(key), TEXT(""), rq->now_us);
}

const struct err *
webhook_replay_job(struct req *rq, const struct job *job)
{
	struct sql_webhook_replay_some_row *rows;
	struct uuid id;
	size_t n;

	if (!uuid_parse(job->key, &id))
		return FAIL(rq, INVALID, "webhook.job_key", "the job's key is not a replay");
	TRY(sql_webhook_replay_some(rq, id, rq->now_us, REPLAY_BATCH, &rows, &n));
	for (size_t i = 0; i < n; i++)
		TRY(webhook_put_job(rq, rows[i].id, rows[i].round));
	return n == REPLAY_BATCH ? job_again(rq, job, rq->now_us, (struct text){ NULL, 0 }) : NULL;
}

const struct err *
webhook_replay_list(struct req *rq, const struct webhook_replay_list_in *in, struct webhook_replay_page *out)
{
	struct sql_webhook_replay_page_row *rows;
	struct sql_webhook_find_row endpoint;
	struct page page;
	bool found;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_webhook_find(rq, in->webhook_id, &endpoint, &found));
	TRY(webhook_must_be(rq, found));
	TRY(sql_webhook_replay_page(rq, in->webhook_id, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct webhook_replay, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct webhook_replay){ .id = rows[i].id, .from = rows[i].from_at, .until = rows[i].until_at,
			.failed_only = rows[i].failed_only, .replayed = rows[i].replayed, .created_at = rows[i].created_at,
			.has_done_at = rows[i].has_done_at, .done_at = rows[i].done_at };
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, out->items[out->n_items - 1].id);
	return NULL;
}

static const struct err *
reap(struct req *rq, void *arg)
{
	return sql_webhook_reap(rq, rq->now_us - KEPT_US, REAP_BATCH, arg);
}

static const struct err *
reap_rest(struct req *rq, void *arg)
{
	(void)arg;
	return sql_webhook_reap_rest(rq, rq->now_us - KEPT_US);
}

/* Nightly: what is thirty days old goes, a thousand per transaction, so that no lock is held for long. */
const struct err *
webhook_reap_job(struct req *rq, const struct job *job)
{
	int64_t n = REAP_BATCH;

	(void)job;
	while (n == REAP_BATCH)
		TRY(db_tx(rq, TX_WRITE, reap, &n));
	return db_tx(rq, TX_WRITE, reap_rest, NULL);
}
