/* Days as they are written. */
#include "common/core/text.h"
#include "services/billing/reconcile/reconcile.h"

bool
day_parse(struct text t, struct day *out)
{
	struct text rest = t, year = text_cut(&rest, '-'), month = text_cut(&rest, '-');
	int64_t y, m, d;
	struct day again;

	if (t.len != 10 || year.len != 4 || month.len != 2 || !text_to_i64(year, &y) || !text_to_i64(month, &m) ||
	    !text_to_i64(rest, &d) || y < 2000 || m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	*out = (struct day){ (int32_t)y, (int32_t)m, (int32_t)d };
	again = day_add_days(*out, 0);
	return again.month == out->month && again.day == out->day;
}

struct text
day_text(struct req *rq, struct day d)
{
	return text_of(arena_printf(rq->mem, "%04d-%02d-%02d", d.year, d.month, d.day));
}
