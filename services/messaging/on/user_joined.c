/* user.joined: the new company has an empty wallet. */
#include "gen/services/messaging/on/user_joined.sql.h"
#include "services/messaging/on/on.h"

const struct err *
on_user_joined(struct req *rq, const struct user_joined_v1 *ev)
{
	return sql_wallet_open(rq, ev->company_id, rq->now_us);
}
