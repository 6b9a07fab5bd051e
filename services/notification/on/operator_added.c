/* operator.added: one more who must hear of what needs a person. */
#include "services/notification/alarm/operators.h"
#include "services/notification/on/on.h"

const struct err *
on_operator_added(struct req *rq, const struct operator_added_v1 *ev)
{
	return operator_keep(rq, ev->user_id, ev->added_at);
}
