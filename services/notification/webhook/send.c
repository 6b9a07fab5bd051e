/* The job of one delivery: sign, send, write down what came of it, come again by the schedule.
 *
 * It is written down after the call, so a crash in between sends the same message once more, under the same
 * webhook-id: at least once is what the standard promises. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/provider/stranger.h"
#include "gen/services/notification/webhook/send.sql.h"
#include "services/notification/webhook/webhook.h"

METRIC(attempts_total, COUNTER, "dure_webhook_attempts_total", "outcome", "Attempts to deliver a webhook");

/* A receiver that is silent or overloaded is left alone for 5 s, 10 s, … 5 min, whatever else waits for it. */
enum { PAUSE_FIRST_S = 5, PAUSE_MAX_S = 300 };
/* Who finds the endpoint's share of the threads taken looks again in 1 to 5 s. */
enum { CROWDED_MIN_MS = 1000, CROWDED_MORE_MS = 4000 };

enum outcome { DELIVERED, RETRIED, FAILED, ENDPOINT_GONE, N_OUTCOMES };
static const char *const outcome_words[N_OUTCOMES] = { "delivered", "retried", "failed", "gone" };

struct sending {
	struct uuid                    id;
	int32_t                        round;
	struct sql_webhook_sending_row row;
	bool                           found;
	struct stranger_answer          answer;
	int64_t                        sent_us, next_us;
	enum outcome                   outcome;
};

/* "<delivery>.<round>" */
static bool
read_key(struct text key, struct sending *s)
{
	struct text rest = key;
	int64_t round;

	if (!uuid_parse(text_cut(&rest, '.'), &s->id) || !text_to_i64(rest, &round) || round < 1 || round > INT32_MAX)
		return false;
	s->round = (int32_t)round;
	return true;
}

static const struct err *
look(struct req *rq, void *arg)
{
	struct sending *s = arg;

	return sql_webhook_sending(rq, s->id, &s->row, &s->found);
}

static const struct err *
drop(struct req *rq, void *arg)
{
	struct sending *s = arg;

	metric_add(&attempts_total, "dropped", 1);
	return sql_webhook_dropped(rq, s->id, rq->now_us);
}

/* Both signatures while an old secret is good, the new one first. */
static const struct err *
signatures(struct req *rq, const struct sending *s, struct text id, struct text *out)
{
	const struct sql_webhook_sending_row *row = &s->row;
	int64_t at_s = s->sent_us / 1000000;
	struct text secret, old;

	TRY(webhook_secret_open(rq, row->webhook_id, row->secret, &secret));
	*out = webhook_signature(rq->mem, secret, id, at_s, row->body);
	if (!row->has_old_secret_until || row->old_secret_until <= rq->now_us)
		return NULL;
	TRY(webhook_secret_open(rq, row->webhook_id, row->old_secret, &old));
	*out = text_of(arena_printf(rq->mem, "%.*s %.*s", TEXT_ARG(*out),
	    TEXT_ARG(webhook_signature(rq->mem, old, id, at_s, row->body))));
	return NULL;
}

static const struct err *
call(struct req *rq, struct sending *s)
{
	char uuid[UUID_CHARS + 1];
	struct text id, signature;

	s->sent_us = rq->now_us;
	uuid_print(s->id, uuid);
	id = text_of(arena_printf(rq->mem, "msg_%s", uuid));
	TRY(signatures(rq, s, id, &signature));
	struct provider_ask ask = { .method = "POST", .body = s->row.body, .n_headers = 4, .headers = {
		{ "webhook-id", id }, { "webhook-signature", signature }, { "User-Agent", TEXT("Dure-Webhooks/1") },
		{ "webhook-timestamp", text_of(arena_printf(rq->mem, "%lld", (long long)(s->sent_us / 1000000))) } } };
	return stranger_call(rq, webhook_line_strangers(notification_of(rq)->webhooks), arena_printf(rq->mem, "%.*s",
	    TEXT_ARG(s->row.url)), &ask, &s->answer);
}

static void
judge(struct sending *s, int64_t now_us)
{
	int status = s->answer.status;

	s->next_us = 0;
	if (status >= 200 && status < 300)
		s->outcome = DELIVERED;
	else if (status == 410)
		s->outcome = ENDPOINT_GONE;
	else {
		s->next_us = webhook_next_us(s->row.round_attempts + 1, now_us, s->answer.retry_after_s);
		s->outcome = s->next_us != 0 ? RETRIED : FAILED;
	}
}

/* Not for a receiver that answers and says no: that may be about this message alone. */
static int64_t
pause_until(const struct sending *s, int64_t now_us)
{
	int status = s->answer.status;
	int64_t pause_s = PAUSE_FIRST_S;

	if (s->answer.failure == NULL && status != 429 && status != 502 && status != 503 && status != 504)
		return 0;
	for (int32_t i = 0; i < s->row.failures && pause_s < PAUSE_MAX_S; i++)
		pause_s *= 2;
	pause_s = pause_s < PAUSE_MAX_S ? pause_s : PAUSE_MAX_S;
	if (s->answer.retry_after_s > pause_s)
		pause_s = s->answer.retry_after_s < PAUSE_MAX_S ? s->answer.retry_after_s : PAUSE_MAX_S;
	return now_us + pause_s * 1000000;
}

static const struct err *
conclude(struct req *rq, void *arg)
{
	static const char *const states[N_OUTCOMES] = { "delivered", "waiting", "failed", "dropped" };
	struct sending *s = arg;
	int32_t status = s->answer.status;
	struct text failure = s->answer.failure != NULL ? text_of(s->answer.failure) : (struct text){ NULL, 0 };
	int64_t paused = pause_until(s, rq->now_us), n;

	TRY(sql_webhook_attempted(rq, &(struct sql_webhook_attempted_in){ .id = s->id, .round = s->round,
		.status = text_of(states[s->outcome]), .next_at = s->next_us != 0 ? &s->next_us : NULL,
		.answered = failure.at == NULL ? &status : NULL, .failure = failure,
		.at = s->sent_us, .took_ms = s->answer.took_ms, .now = rq->now_us }, &n));
	if (n == 0)
		return NULL;
	return sql_webhook_judged(rq, s->row.webhook_id, s->outcome == DELIVERED, paused != 0 ? &paused : NULL,
	    s->outcome == ENDPOINT_GONE, rq->now_us);
}

static const struct err *
send(struct req *rq, struct sending *s)
{
	const struct err *e = call(rq, s);

	webhook_line_leave(notification_of(rq)->webhooks, s->row.webhook_id);
	TRY(e);
	FAULT_POINT("webhook.sent");
	judge(s, rq->now_us);
	TRY(db_tx(rq, TX_WRITE, conclude, s));
	metric_add(&attempts_total, outcome_words[s->outcome], 1);
	LOG(rq, INFO, "webhook.sent", kv_u("delivery", s->id), kv_u("webhook", s->row.webhook_id),
	    kv_s("outcome", outcome_words[s->outcome]), kv_i("status", s->answer.status),
	    kv_s("failure", s->answer.failure != NULL ? s->answer.failure : ""), kv_i("ms", s->answer.took_ms));
	return NULL;
}

/* When it is this delivery's turn: its own time, and that of its endpoint. */
static int64_t
due_us(const struct sending *s)
{
	int64_t due = s->row.next_at;

	return s->row.has_paused_until && s->row.paused_until > due ? s->row.paused_until : due;
}

const struct err *
webhook_send_job(struct req *rq, const struct job *job)
{
	struct sending s = { 0 };
	const struct text same = { NULL, 0 };

	if (!read_key(job->key, &s))
		return FAIL(rq, INVALID, "webhook.job_key", "the job's key is not a round of a delivery");
	TRY(db_tx(rq, TX_READ, look, &s));
	if (!s.found || !text_is(s.row.status, "waiting") || s.row.round != s.round)
		return NULL;
	if (!s.row.enabled)
		return db_tx(rq, TX_WRITE, drop, &s);
	if (due_us(&s) > rq->now_us)
		return job_again(rq, job, due_us(&s), same);
	if (!webhook_line_enter(notification_of(rq)->webhooks, s.row.webhook_id))
		return job_again(rq, job, rq->now_us + (CROWDED_MIN_MS + (int64_t)random_below(CROWDED_MORE_MS)) * 1000, same);
	TRY(send(rq, &s));
	return s.next_us != 0 ? job_again(rq, job, s.next_us, same) : NULL;
}
