/* GET /api/categories/{categoryId} */
#include "common/http/http.h"
#include "gen/services/commerce/category/read.sql.h"
#include "services/commerce/category/category.h"

const struct err *
category_read(struct req *rq, const struct category_read_in *in, struct category *out)
{
	struct sql_category_find_row row;
	bool found;

	TRY(sql_category_find(rq, in->category_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "category.not_found", "there is no such category");
	*out = CATEGORY(row);
	http_etag(rq, out->version);
	return NULL;
}
