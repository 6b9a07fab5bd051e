/* GET /api/wallet: the message wallet of the caller's company. */
#include "gen/proto/messaging/messaging.gen.h"
#include "gen/services/messaging/wallet/read.sql.h"

const struct err *
wallet_read(struct req *rq, struct wallet *out)
{
	struct sql_wallet_find_row row;
	bool found;

	TRY(sql_wallet_find(rq, rq->company, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "wallet.not_found", "the wallet is being opened");
	out->balance_krw = row.balance_krw;
	return NULL;
}
