/* A row of the audit log is written: auth's own, and audit.recorded of the other services. */
#include "common/core/app.h"
#include "common/core/text.h"
#include "common/outbox/outbox.h"
#include "gen/services/auth/audit/write.sql.h"
#include "services/auth/audit/audit.h"

static const struct err *
insert(struct req *rq, struct text service, const struct audit_recorded_v1 *row)
{
	return sql_audit_insert(rq, &(struct sql_audit_insert_in){ .id = row->audit_id, .at = row->at, .service = service,
		.company_id = row->company_id, .actor_type = row->actor_type, .actor_id = row->actor_id, .via = row->via,
		.action = row->action, .subject_id = row->subject_id, .before = row->before, .after = row->after,
		.request_id = row->request_id });
}

const struct err *
audit_write(struct req *rq, const struct audit_recorded_v1 *row)
{
	return insert(rq, text_of(rq->app->service), row);
}

const struct err *
on_audit_recorded(struct req *rq, const struct audit_recorded_v1 *ev)
{
	return insert(rq, rq->event->publisher, ev);
}
