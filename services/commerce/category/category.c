/* What all that write categories share: refusals and the event. */
#include "services/commerce/category/category.h"
#include <string.h>
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"

const struct err *
category_refusal(struct req *rq, const struct err *e)
{
	if (e == NULL)
		return NULL;
	if (strcmp(e->slug, "unique.category_slug") == 0)
		return FAIL(rq, CONFLICT, "category.slug_taken", "another category has this slug");
	if (strcmp(e->slug, "check.category_depth") == 0)
		return FAIL(rq, RULE, "category.too_deep", "the tree is at most eight categories deep");
	if (strncmp(e->slug, "foreign.", strlen("foreign.")) == 0)
		return FAIL(rq, CONFLICT, "category.not_empty", "categories, products, discounts or coupons refer to it");
	return e;
}

const struct err *
category_tell(struct req *rq, const struct category *c, const char *change)
{
	LOG(rq, INFO, "category.changed", kv_u("category", c->id), kv_t("change", text_of(change)));
	return outbox_put(rq, &category_changed_v1_event, c->id, &(struct category_changed_v1){ .category_id = c->id,
		.change = text_of(change), .has_parent_id = c->has_parent_id, .parent_id = c->parent_id, .slug = c->slug,
		.version = c->version, .changed_at = rq->now_us });
}
