/* Which orders a list or an export shows. */
#include "services/commerce/order/filter.h"
#include "common/core/clock.h"
#include "common/core/text.h"

/* An order's time is read when its request begins, its id is made within that request (two minutes at most); the rest is
 * for a clock that is set right meanwhile. */
static const int64_t SLACK_US = INT64_C(600) * 1000000;
static const int64_t DAY_US = INT64_C(24) * 3600 * 1000000, SECOND_US = 1000000;

enum { SECOND_DIGITS = 14 };

/* The first id of that millisecond. */
static struct uuid
id_at(int64_t us)
{
	struct uuid id = { { 0 } };
	uint64_t ms = us > 0 ? (uint64_t)us / 1000 : 0;

	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	return id;
}

/* "20260102" or "20260102030405": the day or the second in Seoul. False when there is no such time. */
static bool
time_of_number(struct req *rq, struct text no, int64_t *from_us, int64_t *to_us)
{
	bool second = no.len >= SECOND_DIGITS;
	const char *at = no.at, *clock = second ? arena_printf(rq->mem, "%.2s:%.2s:%.2s", at + 8, at + 10, at + 12) : "00:00:00";
	const char *iso = arena_printf(rq->mem, "%.4s-%.2s-%.2sT%s+09:00", at, at + 4, at + 6, clock);

	if (!time_parse(text_of(iso), from_us))
		return false;
	*to_us = *from_us + (second ? SECOND_US : DAY_US);
	return true;
}

static void
narrow(struct req *rq, struct order_filter *filter)
{
	int64_t from, to;

	if (!time_of_number(rq, filter->order_no, &from, &to)) {
		filter->to_us = filter->from_us;        /* no order has such a number */
		return;
	}
	filter->from_us = from > filter->from_us ? from : filter->from_us;
	filter->to_us = to < filter->to_us ? to : filter->to_us;
}

struct order_range
order_filter_range(struct req *rq, struct order_filter *filter)
{
	if (filter->order_no.at != NULL)
		narrow(rq, filter);
	else
		filter->order_no = TEXT("");
	return (struct order_range){ id_at(filter->from_us - SLACK_US), id_at(filter->to_us + SLACK_US) };
}
