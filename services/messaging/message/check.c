/* The job that learns what became of a message, and sends the LMS where KakaoTalk could not deliver.
 *
 * Results are asked for after 1, 3, 10 and 30 seconds; silence after that is "unknown" and no fallback goes out,
 * because the notice may still arrive. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/messaging/message/message.h"
#include "services/messaging/sens/sens.h"

static const int wait_s[] = { 3, 10, 30 };

struct checking {
	struct uuid                 id;
	struct sql_message_lock_row row;
	struct sens_answer          answer;
	const struct job           *job;
	bool                        found;
};

static const struct err *
look(struct req *rq, void *arg)
{
	struct checking *c = arg;

	return sql_message_lock(rq, c->id, &c->row, &c->found);
}

static const struct err *
settled(struct req *rq, const struct checking *c, const char *status, struct uuid fallback)
{
	LOG(rq, INFO, "message.settled", kv_u("message", c->id), kv_s("status", status),
	    kv_t("code", c->answer.code.at != NULL ? c->answer.code : TEXT("")));
	return sql_message_settled(rq, c->id, text_of(status), c->answer.code, fallback, rq->now_us);
}

static const struct err *
fall_back(struct req *rq, const struct checking *c)
{
	struct uuid lms;

	rq->company = c->row.company_id;
	TRY(message_put(rq, &(struct new_message){ .source_id = c->row.source_id,
		.template = arena_printf(rq->mem, "%.*s", TEXT_ARG(c->row.template)), .channel = "lms",
		.phone = c->row.phone, .content = c->row.content }, &lms));
	return settled(rq, c, "fallback", lms);
}

static const struct err *
wait_more(struct req *rq, const struct checking *c)
{
	if ((size_t)c->row.checks >= COUNT_OF(wait_s))
		return settled(rq, c, "unknown", (struct uuid){ { 0 } });
	TRY(sql_message_checked(rq, c->id));
	return job_again(rq, c->job, rq->now_us + wait_s[c->row.checks] * INT64_C(1000000), (struct text){ NULL, 0 });
}

static const struct err *
conclude(struct req *rq, void *arg)
{
	struct checking *c = arg;

	TRY(sql_message_lock(rq, c->id, &c->row, &c->found));
	if (!text_is(c->row.status, "sent"))
		return NULL;
	switch (c->answer.verdict) {
	case SENS_DELIVERED:
		return settled(rq, c, "delivered", (struct uuid){ { 0 } });
	case SENS_UNDELIVERED:
		if (text_is(c->row.channel, "alimtalk") && text_is(c->answer.code, "3018"))
			return fall_back(rq, c);
		return settled(rq, c, "failed", (struct uuid){ { 0 } });
	case SENS_ACCEPTED:
	case SENS_PENDING:
	case SENS_REFUSED:
	case SENS_ABSENT:
	case SENS_UNCLEAR:
		break;
	}
	return wait_more(rq, c);
}

const struct err *
message_check_job(struct req *rq, const struct job *job)
{
	struct checking c = { .job = job };

	if (!uuid_parse(job->key, &c.id))
		return FAIL(rq, INVALID, "message.job_key", "the job's key is not a message");
	TRY(db_tx(rq, TX_WRITE, look, &c));
	if (!c.found || !text_is(c.row.status, "sent"))
		return NULL;
	sens_result(rq, arena_printf(rq->mem, "%.*s", TEXT_ARG(c.row.channel)), c.row.provider_id, &c.answer);
	FAULT_POINT("message.checked");
	return db_tx(rq, TX_WRITE, conclude, &c);
}
