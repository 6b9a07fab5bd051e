/* A row of the audit log: written here where the table is, carried there by an event from everywhere else. */
#include <string.h>

#include "common/audit/room.h"
#include "common/core/app.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/outbox/outbox.h"
#include "gen/proto/audit/audit_events.gen.h"

/* Commands run as operators whom nobody has identified. */
static const char *
actor_type(const struct req *rq)
{
	switch (rq->who) {
	case WHO_STAFF:    return "staff";
	case WHO_CUSTOMER: return "customer";
	case WHO_PARTNER:  return "partner";
	case WHO_OPERATOR: return uuid_is_nil(rq->user) ? "command" : "operator";
	case WHO_SERVICE:  return "service";
	case WHO_ANYONE:   return "anyone";
	}
	UNREACHED("somebody who is none");
}

static const struct event_type *
event_of(const char *service)
{
	for (size_t i = 0; i < audit_n_events; i++)
		if (strcmp(audit_events[i]->publisher, service) == 0)
			return audit_events[i];
	UNREACHED("a service that audit.recorded does not name");
}

static struct audit_recorded_v1
row_of(const struct req *rq, const struct audit *a)
{
	struct uuid company = uuid_is_nil(a->company) ? rq->company : a->company;
	struct audit_sides said = audit_sides(rq->mem, a);

	return (struct audit_recorded_v1){ .audit_id = uuid_new(), .has_company_id = !uuid_is_nil(company),
		.company_id = company, .actor_type = text_of(actor_type(rq)), .has_actor_id = !uuid_is_nil(rq->user),
		.actor_id = rq->user, .via = rq->door, .action = text_of(a->action),
		.has_subject_id = !uuid_is_nil(a->subject), .subject_id = a->subject, .has_before = said.before.at != NULL,
		.before = said.before, .has_after = said.after.at != NULL, .after = said.after, .at = rq->now_us,
		.request_id = rq->request_id };
}

const struct err *
audit_put(struct req *rq, const struct audit *a)
{
	struct audit_recorded_v1 row = row_of(rq, a);

	SURE(db_in_tx(rq));
	if (rq->app->audit != NULL)
		return rq->app->audit(rq, &row);
	return outbox_put(rq, event_of(rq->app->service), row.has_subject_id ? row.subject_id : row.audit_id, &row);
}
