/* What a cart costs. */
#include "services/commerce/order/price.h"
#include "common/core/text.h"

__extension__ typedef __int128 wide;

/* The largest integer that every JSON reader keeps exactly. */
static const int64_t MOST_KRW = (INT64_C(1) << 53) - 1;

static bool
eligible(const struct price_line *line, const struct price_coupon *coupon)
{
	return !coupon->has_category || text_eq(line->category, coupon->category);
}

static const struct err *
add_up(struct req *rq, struct price_line *lines, size_t n, int64_t *total)
{
	*total = 0;
	for (size_t i = 0; i < n; i++)
		if (__builtin_mul_overflow(lines[i].unit_krw, lines[i].quantity, &lines[i].amount_krw) ||
		    __builtin_add_overflow(*total, lines[i].amount_krw, total) || *total > MOST_KRW)
			return FAIL(rq, RULE, "order.too_dear", "the total is out of range");
	return NULL;
}

static int64_t
eligible_sum(const struct price_line *lines, size_t n, const struct price_coupon *coupon)
{
	int64_t base = 0;

	for (size_t i = 0; i < n; i++)
		if (eligible(&lines[i], coupon))
			base += lines[i].amount_krw;
	return base;
}

/* floor(a × b / c) without losing bits: base and value are each below 2^53. */
static int64_t
share(int64_t a, int64_t b, int64_t c)
{
	SURE(c > 0);
	return (int64_t)((wide)a * b / c);
}

static int64_t
discount_of(int64_t base, const struct price_coupon *coupon)
{
	int64_t discount = coupon->percent ? share(base, coupon->value, 100) : coupon->value;

	if (coupon->has_maximum && discount > coupon->maximum_krw)
		discount = coupon->maximum_krw;
	return discount < base ? discount : base;
}

/* The dearest line that is not free yet, the first of equals; NULL when there is none. */
static struct price_line *
dearest_with_room(struct price_line *lines, size_t n, const struct price_coupon *coupon)
{
	struct price_line *dearest = NULL;

	for (size_t i = 0; i < n; i++)
		if (eligible(&lines[i], coupon) && lines[i].discount_krw < lines[i].amount_krw &&
		    (dearest == NULL || lines[i].amount_krw > dearest->amount_krw))
			dearest = &lines[i];
	return dearest;
}

/* A discount just below the sum leaves a remainder larger than one line has room for: it goes on to the next. */
static void
split(struct price_line *lines, size_t n, const struct price_coupon *coupon, int64_t base, int64_t discount)
{
	struct price_line *dearest;
	int64_t left = discount;

	for (size_t i = 0; i < n; i++) {
		if (!eligible(&lines[i], coupon) || lines[i].amount_krw == 0)
			continue;
		lines[i].discount_krw = share(discount, lines[i].amount_krw, base);
		left -= lines[i].discount_krw;
	}
	while (left > 0 && (dearest = dearest_with_room(lines, n, coupon)) != NULL) {
		int64_t room = dearest->amount_krw - dearest->discount_krw, more = left < room ? left : room;

		dearest->discount_krw += more;
		left -= more;
	}
}

static const struct err *
take_coupon(struct req *rq, struct price_line *lines, size_t n, const struct price_coupon *coupon, int64_t *discount)
{
	bool any = false;
	int64_t base = eligible_sum(lines, n, coupon);

	for (size_t i = 0; i < n; i++)
		any = any || eligible(&lines[i], coupon);
	if (!any)
		return FAIL(rq, RULE, "coupon.not_applicable", "the coupon is for another category");
	if (base < coupon->minimum_krw)
		return FAIL(rq, RULE, "coupon.min_amount", "the coupon needs %lld KRW of its goods, these are %lld",
		    (long long)coupon->minimum_krw, (long long)base);
	*discount = discount_of(base, coupon);
	split(lines, n, coupon, base, *discount);
	return NULL;
}

const struct err *
price_cart(struct req *rq, struct price_line *lines, size_t n, const struct price_coupon *coupon, struct price *out)
{
	for (size_t i = 0; i < n; i++)
		lines[i].discount_krw = 0;
	out->discount_krw = 0;
	TRY(add_up(rq, lines, n, &out->total_krw));
	if (coupon->present)
		TRY(take_coupon(rq, lines, n, coupon, &out->discount_krw));
	out->paid_krw = out->total_krw - out->discount_krw;
	return NULL;
}
