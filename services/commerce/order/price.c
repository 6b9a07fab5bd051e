/* What a cart costs. */
#include "services/commerce/order/price.h"
#include "common/core/text.h"

__extension__ typedef __int128 wide;

/* The largest integer that every JSON reader keeps exactly. */
static const int64_t MOST_KRW = (INT64_C(1) << 53) - 1;

/* floor(a × b / c) without losing bits: base and value are each below 2^53. */
static int64_t
share(int64_t a, int64_t b, int64_t c)
{
	SURE(c > 0);
	return (int64_t)((wide)a * b / c);
}

static int64_t
at_most(int64_t v, int64_t most)
{
	return v < most ? v : most;
}

static int64_t
taken_off(int64_t base, const struct price_off *off)
{
	return at_most(off->percent ? share(base, off->value, 100) : off->value, base);
}

/* What a line costs before the coupon. */
static int64_t
rest(const struct price_line *line)
{
	return line->amount_krw - line->reduced_krw;
}

static const struct err *
add_up(struct req *rq, struct price_line *lines, size_t n, struct price *out)
{
	*out = (struct price){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct price_line *l = &lines[i];

		if (__builtin_mul_overflow(l->unit_krw, l->quantity, &l->amount_krw) ||
		    __builtin_add_overflow(out->total_krw, l->amount_krw, &out->total_krw) || out->total_krw > MOST_KRW)
			return FAIL(rq, RULE, "order.too_dear", "the total is out of range");
		l->reduced_krw = taken_off(l->unit_krw, &l->discount) * l->quantity;
		l->coupon_krw = 0;
		out->discount_krw += l->reduced_krw;
	}
	return NULL;
}

/* The dearest covered line that is not free yet, the first of equals; NULL when there is none. */
static struct price_line *
dearest_with_room(struct price_line *lines, size_t n)
{
	struct price_line *dearest = NULL;

	for (size_t i = 0; i < n; i++)
		if (lines[i].covered && lines[i].coupon_krw < rest(&lines[i]) &&
		    (dearest == NULL || rest(&lines[i]) > rest(dearest)))
			dearest = &lines[i];
	return dearest;
}

/* A discount just below the sum leaves a remainder larger than one line has room for: it goes on to the next. */
static void
split(struct price_line *lines, size_t n, int64_t base, int64_t discount)
{
	struct price_line *dearest;
	int64_t left = discount;

	for (size_t i = 0; i < n; i++) {
		if (!lines[i].covered || rest(&lines[i]) == 0)
			continue;
		lines[i].coupon_krw = share(discount, rest(&lines[i]), base);
		left -= lines[i].coupon_krw;
	}
	while (left > 0 && (dearest = dearest_with_room(lines, n)) != NULL) {
		int64_t more = at_most(left, rest(dearest) - dearest->coupon_krw);

		dearest->coupon_krw += more;
		left -= more;
	}
}

static const struct err *
take_coupon(struct req *rq, struct price_line *lines, size_t n, const struct price_coupon *coupon, int64_t *discount)
{
	bool any = false;
	int64_t base = 0;

	for (size_t i = 0; i < n; i++)
		if (lines[i].covered) {
			any = true;
			base += rest(&lines[i]);
		}
	if (!any)
		return FAIL(rq, RULE, "coupon.not_applicable", "the coupon is for other goods");
	if (base < coupon->minimum_krw)
		return FAIL(rq, RULE, "coupon.min_amount", "the coupon needs %lld KRW of its goods, these are %lld",
		    (long long)coupon->minimum_krw, (long long)base);
	*discount = taken_off(base, &coupon->off);
	if (coupon->has_maximum)
		*discount = at_most(*discount, coupon->maximum_krw);
	split(lines, n, base, *discount);
	return NULL;
}

const struct err *
price_cart(struct req *rq, struct price_line *lines, size_t n, const struct price_coupon *coupon, struct price *out)
{
	int64_t by_coupon = 0;

	TRY(add_up(rq, lines, n, out));
	if (coupon->present)
		TRY(take_coupon(rq, lines, n, coupon, &by_coupon));
	out->discount_krw += by_coupon;
	out->paid_krw = out->total_krw - out->discount_krw;
	return NULL;
}
