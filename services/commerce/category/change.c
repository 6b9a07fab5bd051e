/* PATCH /api/categories/{categoryId}: rename, sort, move. A move rewrites the paths of all below it at once. */
#include <string.h>
#include "common/core/fault.h"
#include "common/http/http.h"
#include "gen/services/commerce/category/change.sql.h"
#include "gen/services/commerce/category/create.sql.h"
#include "services/commerce/category/category.h"

typedef struct sql_category_lock_row locked;

static const struct err *
check_target(struct req *rq, const struct category_change_in *in, const locked *row)
{
	if (!in->has_parent_id)
		return NULL;
	if (row->n_target == 0)
		return FAIL(rq, RULE, "category.parent_unknown", "there is no such parent");
	for (size_t i = 0; i < row->n_target; i++)
		if (uuid_eq(row->target[i], row->id))
			return FAIL(rq, RULE, "category.cycle", "a category cannot be moved below itself");
	return NULL;
}

/* The new parent's path, this category behind it. */
static void
move(struct req *rq, const struct category_change_in *in, const locked *row, struct category *c)
{
	c->has_parent_id = in->has_parent_id;
	c->parent_id = in->parent_id;
	c->n_path = row->n_target + 1;
	c->path = NEWS(rq->mem, struct uuid, c->n_path);
	if (row->n_target > 0)
		memcpy(c->path, row->target, row->n_target * sizeof(*c->path));
	c->path[row->n_target] = c->id;
}

static void
apply(struct req *rq, const struct category_change_in *in, const locked *row, struct category *c)
{
	*c = CATEGORY(*row);
	c->version++;
	if (in->has_name)
		c->name = in->name;
	if (in->has_slug)
		c->slug = in->slug;
	if (in->has_sort)
		c->sort = in->sort;
	if (in->has_parent_id || (in->has_to_root && in->to_root))
		move(rq, in, row, c);
}

static const struct err *
check_input(struct req *rq, const struct category_change_in *in)
{
	struct err_fields fs = { .rq = rq };

	if (in->has_parent_id && in->has_to_root && in->to_root)
		err_field_add(&fs, "/toRoot", "exclusive", "say parentId or toRoot");
	return err_fields_done(&fs);
}

const struct err *
category_change(struct req *rq, const struct category_change_in *in, struct category *out)
{
	int64_t version, n;
	locked row;
	bool found;

	TRY(http_if_match(rq, &version));
	TRY(check_input(rq, in));
	TRY(sql_category_tree_lock(rq));
	TRY(sql_category_lock(rq, in->category_id, in->parent_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "category.not_found", "there is no such category");
	if (row.version != version)
		return FAIL(rq, STALE, "category.stale", "the category has changed meanwhile; read it again");
	TRY(check_target(rq, in, &row));
	apply(rq, in, &row, out);
	TRY(category_refusal(rq, sql_category_write(rq, &(struct sql_category_write_in){ .id = out->id,
		.parent_id = out->parent_id, .name = out->name, .slug = out->slug, .sort = out->sort, .path = out->path,
		.n_path = out->n_path, .updated_at = rq->now_us }, &n)));
	http_etag(rq, out->version);
	FAULT_POINT("category.written");
	return category_tell(rq, out, "changed");
}
