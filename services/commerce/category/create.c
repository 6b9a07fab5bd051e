/* POST /api/categories: at the root or below another. */
#include "gen/services/commerce/category/create.sql.h"
#include "services/commerce/category/category.h"

const struct err *
category_create(struct req *rq, const struct category_create_in *in, struct category *out)
{
	struct uuid id = uuid_new();
	struct sql_category_insert_row row;

	TRY(sql_category_tree_lock(rq));
	TRY(category_refusal(rq, sql_category_insert(rq, &(struct sql_category_insert_in){ .id = id,
		.parent_id = in->parent_id, .name = in->name, .slug = in->slug, .sort = in->has_sort ? in->sort : 0,
		.most = CATEGORY_MOST, .created_at = rq->now_us }, &row)));
	if (!row.parent_there)
		return FAIL(rq, RULE, "category.parent_unknown", "there is no such parent");
	if (!row.room)
		return FAIL(rq, RULE, "category.too_many", "there are %d categories, and no room for more", CATEGORY_MOST);
	*out = (struct category){ .id = id, .has_parent_id = in->has_parent_id, .parent_id = in->parent_id,
		.name = in->name, .slug = in->slug, .sort = in->has_sort ? in->sort : 0, .path = row.path,
		.n_path = row.n_path, .version = 1 };
	return category_tell(rq, out, "created");
}
