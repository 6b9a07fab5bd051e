/* password.changed: the user is told, for it may have been somebody else. */
#include "common/core/text.h"
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/text.h"
#include "services/notification/on/on.h"
#include "services/notification/on/source.h"

const struct err *
on_password_changed(struct req *rq, const struct password_changed_v1 *ev)
{
	return alarm_add(rq, &(struct alarm_new){ .user = ev->user_id, .company = ev->company_id,
		.kind = ALARM_PASSWORD_CHANGED, .source_id = source_of(TEXT("password"), ev->user_id, ev->changed_at),
		.source_kind = TEXT("password"), .message = alarm_text_password(),
		.params = TEXT("{}") });
}
