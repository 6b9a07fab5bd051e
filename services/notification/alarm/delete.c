/* DELETE /api/alarms/{alarmId} */
#include "gen/services/notification/alarm/delete.sql.h"
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/remind.h"

const struct err *
alarm_delete(struct req *rq, const struct alarm_delete_in *in)
{
	struct sql_alarm_delete_row row;
	bool found;

	TRY(sql_alarm_delete(rq, in->alarm_id, rq->user, &row, &found));
	if (!found)
		return alarm_unknown(rq);
	return remind_forget(rq, row.remind_id);
}
