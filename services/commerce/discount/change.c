/* PATCH /api/discounts/{discountId}: what is given replaces what was; the scope stays. */
#include "common/core/fault.h"
#include "common/http/http.h"
#include "gen/services/commerce/discount/change.sql.h"
#include "services/commerce/discount/discount.h"

static void
apply(const struct discount_change_in *in, struct discount *d)
{
	if (in->has_name)
		d->name = in->name;
	if (in->has_kind)
		d->kind = in->kind;
	if (in->has_value)
		d->value = in->value;
	if (in->has_priority)
		d->priority = in->priority;
	if (in->has_starts_at)
		d->starts_at = in->starts_at;
	if (in->has_ends_at)
		d->ends_at = in->ends_at;
	d->version++;
}

const struct err *
discount_change(struct req *rq, const struct discount_change_in *in, struct discount *out)
{
	struct sql_discount_lock_row row;
	struct discount was;
	int64_t version;
	bool found;

	TRY(http_if_match(rq, &version));
	TRY(sql_discount_lock(rq, in->discount_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "discount.not_found", "there is no such discount");
	if (row.version != version)
		return FAIL(rq, STALE, "discount.stale", "the discount has changed meanwhile; read it again");
	was = DISCOUNT(row);
	*out = was;
	apply(in, out);
	TRY(discount_check(rq, out));
	TRY(sql_discount_write(rq, &(struct sql_discount_write_in){ .id = out->id, .name = out->name, .kind = out->kind,
		.value = out->value, .priority = out->priority, .starts_at = out->starts_at, .ends_at = out->ends_at,
		.version = out->version, .updated_at = rq->now_us }));
	http_etag(rq, out->version);
	FAULT_POINT("discount.written");
	return discount_tell(rq, &was, out, "changed");
}
