/* Reading alarms: the newest, what stands behind a number, or one: GET /api/alarms/{alarmId}. */
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/json/json.h"
#include "gen/services/notification/alarm/read.sql.h"
#include "services/notification/alarm/alarm.h"

#define ALARM(row) (struct alarm){ .alarm_id = (row).id, .number = (row).number, .alarm_type = (row).kind, \
	.message = (row).message, .has_path = (row).path.at != NULL, .path = (row).path, .confirm = (row).confirm, \
	.created_at = (row).created_at, .has_remind_at = (row).has_remind_at, .remind_at = (row).remind_at }

const struct err *
alarm_newest(struct req *rq, struct uuid user, int64_t before, int32_t ask, struct alarm_rows *out)
{
	struct sql_alarm_page_row *rows;
	size_t n;

	TRY(sql_alarm_page(rq, user, before, ask, &rows, &n));
	SURE(n > 0);
	out->unread = rows[0].unread;
	out->n = rows[0].has_number ? n : 0;
	out->items = NEWS(rq->mem, struct alarm, out->n + 1);
	for (size_t i = 0; i < out->n; i++)
		out->items[i] = ALARM(rows[i]);
	return NULL;
}

const struct err *
alarm_after(struct req *rq, struct uuid user, int64_t number, struct alarm_rows *out)
{
	struct sql_alarm_after_row *rows;

	TRY(sql_alarm_after(rq, user, number, ALARM_PAGE, &rows, &out->n));
	out->items = NEWS(rq->mem, struct alarm, out->n + 1);
	for (size_t i = 0; i < out->n; i++)
		out->items[i] = ALARM(rows[i]);
	return NULL;
}

const struct err *
alarm_unknown(struct req *rq)
{
	return FAIL(rq, NOT_FOUND, "alarm.unknown", "you have no such alarm");
}

const struct err *
alarm_one(struct req *rq, struct uuid id, struct alarm *out)
{
	struct sql_alarm_read_row row;
	bool found;

	TRY(sql_alarm_read(rq, id, rq->user, &row, &found));
	if (!found)
		return alarm_unknown(rq);
	*out = ALARM(row);
	return NULL;
}

const struct err *
alarm_read(struct req *rq, const struct alarm_read_in *in, struct alarm *out)
{
	return alarm_one(rq, in->alarm_id, out);
}

void
alarm_write(struct buf *to, const struct alarm *a)
{
	char id[UUID_CHARS + 1], created[TIME_CHARS + 1], remind[TIME_CHARS + 1];

	uuid_print(a->alarm_id, id);
	time_print(a->created_at, created);
	time_print(a->remind_at, remind);
	buf_printf(to, "{\"alarmId\":\"%s\",\"number\":%lld,\"path\":", id, (long long)a->number);
	if (a->has_path)
		json_write_text(to, a->path);
	else
		buf_str(to, "null");
	if (a->has_remind_at)
		buf_printf(to, ",\"repeat_time\":\"%s\",\"message\":", remind);
	else
		buf_str(to, ",\"repeat_time\":null,\"message\":");
	json_write_text(to, a->message);
	buf_printf(to, ",\"createdAt\":\"%s\",\"alarm_type\":%d,\"confirm\":%s}", created, a->alarm_type,
	    a->confirm ? "true" : "false");
}
