/* What all that write coupons share: the check and the event. */
#include "services/commerce/coupon/coupon.h"
#include "common/audit/audit.h"
#include "common/core/text.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"

const struct err *
coupon_check(struct req *rq, const struct coupon *c)
{
	struct err_fields fs = { .rq = rq };

	if (text_is(c->kind, "percent") && c->value > 100)
		err_field_add(&fs, "/value", "too_large", "a percent coupon takes 1 to 100");
	if (c->ends_at <= c->starts_at)
		err_field_add(&fs, "/endsAt", "too_small", "the coupon must end after it starts");
	if (c->has_category_id && c->n_product_ids > 0)
		err_field_add(&fs, "/productIds", "exclusive", "a coupon is for one category or for some products");
	if (c->has_total_cap && c->total_cap < c->registered)
		err_field_add(&fs, "/totalCap", "too_small", "%lld are registered already", (long long)c->registered);
	return err_fields_done(&fs);
}

const struct err *
coupon_tell(struct req *rq, const struct coupon *was, const struct coupon *c, const char *change)
{
	LOG(rq, INFO, "coupon.changed", kv_u("coupon", c->id), kv_t("change", text_of(change)));
	TRY(audit_put(rq, &(struct audit){ .action = arena_printf(rq->mem, "coupon.%s", change), .subject = c->id,
		.type = &coupon_type, .before = was, .after = c }));
	return outbox_put(rq, &coupon_changed_v1_event, c->id, &(struct coupon_changed_v1){ .coupon_id = c->id,
		.change = text_of(change), .version = c->version, .name = c->name, .starts_at = c->starts_at,
		.ends_at = c->ends_at, .changed_at = rq->now_us });
}
