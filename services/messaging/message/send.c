/* The job that sends a message.
 *
 * SENS has no idempotency key. So "sending" is written before the call, and a run that finds it there (a crash,
 * a time-out) asks SENS whether that message was accepted before it sends again. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/messaging/message/message.h"
#include "services/messaging/messaging.h"
#include "services/messaging/sens/sens.h"

static const int64_t FIRST_CHECK_US = 1000000;     /* SENS knows a result a second after the send at the earliest */

struct sending {
	struct uuid                 id;
	struct sql_message_lock_row row;
	struct sens_answer          answer;
	bool                        found, again;
};

static bool
is_over(const struct req *rq, const struct sending *s)
{
	return s->row.has_expires_at && s->row.expires_at <= rq->now_us;
}

static const struct err *
begin(struct req *rq, void *arg)
{
	struct sending *s = arg;

	TRY(sql_message_lock(rq, s->id, &s->row, &s->found));
	if (!s->found)
		return NULL;
	s->again = text_is(s->row.status, "sending");
	if (!s->again && !text_is(s->row.status, "queued"))
		return NULL;
	if (is_over(rq, s) && !s->again) {
		s->row.status = TEXT("failed");
		return sql_message_settled(rq, s->id, TEXT("failed"), TEXT("expired"), (struct uuid){ { 0 } }, rq->now_us);
	}
	s->row.status = TEXT("sending");
	return sql_message_sending(rq, s->id, rq->now_us);
}

static const struct err *
conclude(struct req *rq, void *arg)
{
	struct sending *s = arg;
	char key[UUID_CHARS + 1];

	uuid_print(s->id, key);
	TRY(sql_message_lock(rq, s->id, &s->row, &s->found));
	if (!text_is(s->row.status, "sending"))
		return NULL;
	if (s->answer.verdict == SENS_UNCLEAR)
		return sql_message_settled(rq, s->id, TEXT("unknown"), s->answer.code, (struct uuid){ { 0 } }, rq->now_us);
	if (s->answer.verdict == SENS_ACCEPTED) {
		TRY(sql_message_sent(rq, s->id, s->answer.id, rq->now_us));
		return job_put(rq, "message_check", text_of(key), (struct text){ NULL, 0 }, rq->now_us + FIRST_CHECK_US);
	}
	return sql_message_settled(rq, s->id, TEXT("failed"), s->answer.code, (struct uuid){ { 0 } }, rq->now_us);
}

/* The text of a message; a code is opened only here, and only for the call. */
static const struct err *
content_of(struct req *rq, const struct sending *s, const struct job *job, struct text *out)
{
	struct text code, bound = { (const char *)s->row.source_id.b, sizeof(s->row.source_id.b) };

	*out = s->row.content;
	if (out->at != NULL)
		return NULL;
	if (!keylist_unseal(rq->mem, &messaging_of(rq)->seal_keys, bound, job->payload, &code))
		return FAIL(rq, INTERNAL, "message.sealed", "the code cannot be opened; do auth and messaging share a seal key?");
	*out = text_of(arena_printf(rq->mem, "[두레] 인증번호 %.*s 를 입력해 주세요.", TEXT_ARG(code)));
	return NULL;
}

static const struct err *
call(struct req *rq, struct sending *s, const struct job *job)
{
	struct sens_message message = { .channel = arena_printf(rq->mem, "%.*s", TEXT_ARG(s->row.channel)),
		.phone = s->row.phone, .template_code = s->row.template };

	TRY(content_of(rq, s, job, &message.content));
	if (s->again)
		sens_find(rq, &message, s->row.sending_at, &s->answer);
	if (s->again && s->answer.verdict != SENS_ABSENT)
		return NULL;
	if (is_over(rq, s))
		s->answer = (struct sens_answer){ .verdict = SENS_REFUSED, .code = TEXT("expired") };
	else
		sens_send(rq, &message, &s->answer);
	return NULL;
}

const struct err *
message_send_job(struct req *rq, const struct job *job)
{
	struct sending s = { 0 };

	if (!uuid_parse(job->key, &s.id))
		return FAIL(rq, INVALID, "message.job_key", "the job's key is not a message");
	TRY(db_tx(rq, TX_WRITE, begin, &s));
	if (!s.found || !text_is(s.row.status, "sending"))
		return NULL;
	FAULT_POINT("message.before_send");
	TRY(call(rq, &s, job));
	FAULT_POINT("message.after_send");
	/* A code that is over is not worth another try, and its job must not stay behind. */
	if (s.answer.verdict == SENS_UNCLEAR && !is_over(rq, &s))
		return FAIL(rq, UPSTREAM, "message.unclear", "SENS has not answered clearly");
	TRY(db_tx(rq, TX_WRITE, conclude, &s));
	LOG(rq, INFO, "message.sent", kv_u("message", s.id), kv_t("channel", s.row.channel), kv_phone("phone", s.row.phone));
	return NULL;
}
