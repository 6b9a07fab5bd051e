/* PATCH /api/alarms/{alarmId} and /api/alarms: one or all are read, or unread again. */
#include "gen/services/notification/alarm/confirm.sql.h"
#include "services/notification/alarm/alarm.h"

const struct err *
alarm_confirm(struct req *rq, const struct alarm_confirm_in *in, struct alarm *out)
{
	int64_t n;

	TRY(sql_alarm_confirm(rq, in->alarm_id, rq->user, in->confirm, &n));
	return alarm_one(rq, in->alarm_id, out);
}

const struct err *
alarm_confirm_all(struct req *rq, const struct alarm_confirm_all_in *in, struct alarms_changed *out)
{
	return sql_alarm_confirm_all(rq, rq->user, in->confirm, in->has_up_to_number ? in->up_to_number : INT64_MAX,
	    &out->changed);
}
