/* DELETE /api/categories/{categoryId}: the constraints say whether it is empty, also at the same moment. */
#include "common/core/text.h"
#include "gen/services/commerce/category/create.sql.h"
#include "gen/services/commerce/category/delete.sql.h"
#include "services/commerce/category/category.h"

const struct err *
category_delete(struct req *rq, const struct category_delete_in *in)
{
	struct sql_category_remove_row row;
	struct category c;
	bool found;

	TRY(sql_category_tree_lock(rq));
	TRY(category_refusal(rq, sql_category_remove(rq, in->category_id, &row, &found)));
	if (!found)
		return FAIL(rq, NOT_FOUND, "category.not_found", "there is no such category");
	c = CATEGORY(row);
	return category_tell(rq, &c, "deleted");
}
