/* GET /api/points: own balance; 0 until the account is opened. */
#include "gen/proto/commerce/commerce.gen.h"
#include "gen/services/commerce/points/read.sql.h"

const struct err *
points_read(struct req *rq, struct points *out)
{
	struct sql_points_balance_row row;
	bool found;

	TRY(sql_points_balance(rq, rq->user, &row, &found));
	out->balance_krw = found ? row.balance_krw : 0;
	return NULL;
}
