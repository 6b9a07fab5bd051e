/* GET /api/plan: the current plan of the caller's company. */
#include "gen/proto/billing/billing.gen.h"
#include "gen/services/billing/plan/read.sql.h"

const struct err *
plan_read(struct req *rq, struct plan *out)
{
	struct sql_plan_find_row row;
	bool found;

	TRY(sql_plan_find(rq, rq->company, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "plan.not_found", "the plan is being opened");
	*out = (struct plan){ .plan = row.plan, .starts_on = row.starts_on };
	return NULL;
}
