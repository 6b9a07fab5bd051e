/* GET /api/point-accounts/{userId}: a user's balance for an operator. */
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/points/read.sql.h"

const struct err *
points_account_read(struct req *rq, const struct points_account_read_in *in, struct points_account *out)
{
	struct sql_points_balance_row row;
	bool found;

	TRY(sql_points_balance(rq, in->user_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "points.no_account", "this user has no points account");
	*out = (struct points_account){ .user_id = in->user_id, .company_id = row.company_id,
		.balance_krw = row.balance_krw };
	return NULL;
}
