/* POST and DELETE /api/alarms/{alarmId}/remind, and the job in between.
 *
 * The alarm names its reminder and the reminder is the key of a job, so whoever comes second (another time, a cancel, a
 * delete, the other replica's worker) finds that the alarm names another one or none. Locks: the alarm, then the user's
 * counter. */
#include "services/notification/alarm/remind.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/services/notification/alarm/remind.sql.h"
#include "services/notification/alarm/alarm.h"

static const int64_t FARTHEST_US = INT64_C(14) * 24 * 3600 * 1000000;

static struct text
key_of(struct req *rq, struct uuid remind_id)
{
	char id[UUID_CHARS + 1];

	uuid_print(remind_id, id);
	return text_of(arena_printf(rq->mem, "%s", id));
}

const struct err *
remind_forget(struct req *rq, struct uuid remind_id)
{
	return uuid_is_nil(remind_id) ? NULL : job_cancel(rq, "alarm_remind", key_of(rq, remind_id));
}

const struct err *
alarm_remind(struct req *rq, const struct alarm_remind_in *in, struct alarm *out)
{
	struct uuid remind_id = uuid_new();
	struct sql_alarm_remind_row row;
	bool found;

	if (in->at <= rq->now_us || in->at > rq->now_us + FARTHEST_US)
		return FAIL(rq, RULE, "alarm.remind_time", "the time must lie ahead, by 14 days at most");
	TRY(sql_alarm_remind(rq, in->alarm_id, rq->user, in->at, remind_id, &row, &found));
	if (!found)
		return alarm_unknown(rq);
	TRY(remind_forget(rq, row.before));
	TRY(job_put(rq, "alarm_remind", key_of(rq, remind_id), TEXT(""), in->at));
	return alarm_one(rq, in->alarm_id, out);
}

const struct err *
alarm_remind_cancel(struct req *rq, const struct alarm_remind_cancel_in *in)
{
	struct sql_alarm_remind_cancel_row row;
	bool found;

	TRY(sql_alarm_remind_cancel(rq, in->alarm_id, rq->user, &row, &found));
	return found ? remind_forget(rq, row.before) : alarm_unknown(rq);
}

const struct err *
alarm_remind_job(struct req *rq, const struct job *job)
{
	struct sql_alarm_remind_due_row row;
	struct uuid remind_id;
	bool found;

	SURE(uuid_parse(job->key, &remind_id));
	TRY(sql_alarm_remind_due(rq, remind_id, &row, &found));
	if (!found)
		return NULL;
	return alarm_add(rq, &(struct alarm_new){ .user = row.user_id, .company = row.company_id,
		.kind = (enum alarm_kind)row.kind, .source_id = remind_id, .source_kind = TEXT("reminder"),
		.message = row.message, .path = row.path, .params = row.params });
}
