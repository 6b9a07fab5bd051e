/* A category as it is answered and told, and what all that write the tree share. */
#ifndef COMMERCE_CATEGORY_CATEGORY_H
#define COMMERCE_CATEGORY_CATEGORY_H
#include "common/core/id.h"
#include "gen/proto/commerce/commerce.gen.h"

enum { CATEGORY_MOST = 1000 };       /* as the contract's list */

#define CATEGORY(row) (struct category){ .id = (row).id, .has_parent_id = !uuid_is_nil((row).parent_id), \
	.parent_id = (row).parent_id, .name = (row).name, .slug = (row).slug, .sort = (row).sort, \
	.path = (row).path, .n_path = (row).n_path, .version = (row).version }

/* What a broken constraint means to who changes the tree: CONFLICT "category.slug_taken", "category.not_empty", RULE
 * "category.too_deep". Anything else, NULL too, as it is. */
const struct err *category_refusal(struct req *rq, const struct err *e) MUST_USE;
/* Puts category.changed; change: "created", "changed", "deleted". The category's row is locked, new or gone. */
const struct err *category_tell(struct req *rq, const struct category *c, const char *change) MUST_USE;
#endif
