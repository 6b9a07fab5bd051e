/* GET /api/point-accounts/{userId}/entries: a user's ledger for an operator. */
#include "services/commerce/points/entry_list.h"

const struct err *
points_account_entry_list(struct req *rq, const struct points_account_entry_list_in *in, struct points_entry_page *out)
{
	struct page page;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	return points_ledger_page(rq, in->user_id, &page, out);
}
