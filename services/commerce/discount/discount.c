/* What all that write discounts share: the check and the event. */
#include "services/commerce/discount/discount.h"
#include <string.h>
#include "common/audit/audit.h"
#include "common/core/text.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"

const struct err *
discount_check(struct req *rq, const struct discount *d)
{
	struct err_fields fs = { .rq = rq };

	if (text_is(d->kind, "percent") && d->value > 100)
		err_field_add(&fs, "/value", "too_large", "a percentage is 1 to 100");
	if (d->ends_at <= d->starts_at)
		err_field_add(&fs, "/endsAt", "too_small", "the discount must end after it starts");
	if (d->has_category_id == d->has_product_id)
		err_field_add(&fs, "/productId", "exclusive", "a discount is for one product or for one category");
	return err_fields_done(&fs);
}

const struct err *
discount_tell(struct req *rq, const struct discount *was, const struct discount *d, const char *change)
{
	LOG(rq, INFO, "discount.changed", kv_u("discount", d->id), kv_t("change", text_of(change)));
	TRY(audit_put(rq, &(struct audit){ .action = arena_printf(rq->mem, "discount.%s", change), .subject = d->id,
		.type = &discount_type, .before = was, .after = strcmp(change, "deleted") == 0 ? NULL : d }));
	return outbox_put(rq, &discount_changed_v1_event, d->id, &(struct discount_changed_v1){ .discount_id = d->id,
		.change = text_of(change), .version = d->version, .has_category_id = d->has_category_id,
		.category_id = d->category_id, .has_product_id = d->has_product_id, .product_id = d->product_id,
		.changed_at = rq->now_us });
}
