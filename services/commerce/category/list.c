/* GET /api/categories: the tree, in the order in which it is read. */
#include "gen/services/commerce/category/list.sql.h"
#include "services/commerce/category/category.h"

const struct err *
category_list(struct req *rq, struct category_list *out)
{
	struct sql_category_tree_row *rows;

	TRY(sql_category_tree(rq, &rows, &out->n_items));
	out->items = NEWS(rq->mem, struct category, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = CATEGORY(rows[i]);
	return NULL;
}
