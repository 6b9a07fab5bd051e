/* Making an alarm: number, row and event in one transaction. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/outbox/outbox.h"
#include "gen/proto/notification/notification_events.gen.h"
#include "gen/services/notification/alarm/add.sql.h"
#include "services/notification/alarm/alarm.h"

/* The product keeps alarms for two weeks. */
static const int64_t KEPT_US = INT64_C(14) * 24 * 3600 * 1000000;

const struct err *
alarm_add(struct req *rq, const struct alarm_new *a)
{
	struct uuid id = uuid_new();
	struct sql_alarm_add_row row;
	bool added;

	TRY(sql_alarm_add(rq, &(struct sql_alarm_add_in){ .id = id, .user_id = a->user, .company_id = a->company,
		.kind = (int32_t)a->kind, .message = a->message, .path = a->path, .params = a->params,
		.source_id = a->source_id, .source_kind = a->source_kind, .created_at = rq->now_us,
		.expires_at = rq->now_us + KEPT_US }, &row, &added));
	if (!added)
		return NULL;
	FAULT_POINT("alarm.added");
	return outbox_put(rq, &alarm_added_v1_event, a->user, &(struct alarm_added_v1){
		.alarm_id = id, .number = row.number, .user_id = a->user, .company_id = a->company,
		.kind = (int32_t)a->kind, .message = a->message, .has_path = a->path.at != NULL, .path = a->path,
		.created_at = rq->now_us });
}
