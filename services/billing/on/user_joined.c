/* user.joined: the new company starts on the Free plan, from the day it joined in Seoul. */
#include "services/billing/on/on.h"
#include "common/audit/audit.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/outbox/outbox.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "gen/services/billing/on/user_joined.sql.h"

const struct err *
on_user_joined(struct req *rq, const struct user_joined_v1 *ev)
{
	struct day d = day_in_seoul(ev->joined_at);
	struct text day = text_of(arena_printf(rq->mem, "%04d-%02d-%02d", d.year, d.month, d.day));
	int64_t opened;

	TRY(sql_plan_open(rq, uuid_new(), ev->company_id, day, rq->now_us, &opened));
	if (opened == 0)
		return NULL;
	TRY(audit_put(rq, &(struct audit){ .action = "plan.opened", .subject = ev->company_id, .company = ev->company_id,
		.is = AUDIT_OF(kv_s("plan", "free"), kv_t("startsOn", day)) }));
	return outbox_put(rq, &plan_opened_v1_event, ev->company_id, &(struct plan_opened_v1){
		.company_id = ev->company_id, .plan = TEXT("free"), .starts_on = day });
}
