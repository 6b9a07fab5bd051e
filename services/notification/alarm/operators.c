/* Who must hear of what needs a person. */
#include "services/notification/alarm/operators.h"
#include "gen/services/notification/alarm/operators.sql.h"

/* An installation has a handful; the page only bounds what is read at once. */
enum { OPERATORS_PAGE = 100 };

/* In the order of their ids, as alarm_add() wants it. */
const struct err *
alarm_operators(struct req *rq, const struct alarm_new *a)
{
	struct sql_operators_row *rows;
	struct alarm_new one = *a;
	size_t n = OPERATORS_PAGE;

	one.user = one.company = (struct uuid){ { 0 } };
	while (n == OPERATORS_PAGE) {
		TRY(sql_operators(rq, one.user, OPERATORS_PAGE, &rows, &n));
		for (size_t i = 0; i < n; i++) {
			one.user = rows[i].user_id;
			TRY(alarm_add(rq, &one));
		}
	}
	return NULL;
}

const struct err *
operator_keep(struct req *rq, struct uuid user, int64_t added_us)
{
	int64_t n;

	return sql_operator_added(rq, user, added_us, &n);
}
