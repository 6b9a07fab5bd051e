/* user.joined: every user has a points account from the start. */
#include "gen/services/commerce/on/user_joined.sql.h"
#include "services/commerce/on/on.h"

const struct err *
on_user_joined(struct req *rq, const struct user_joined_v1 *ev)
{
	return sql_account_open(rq, ev->user_id, ev->company_id);
}
