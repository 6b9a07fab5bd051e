/* The words of the price tests. */
#include "tests/unit/commerce/order/till.h"
#include <string.h>
#include "common/core/arena.h"
#include "common/core/text.h"

struct price_line lines[MOST_LINES];
struct price sum;

static struct req rq;
static const char *sold_in[MOST_LINES];

void
till_open(void)
{
	req_begin(&rq, NULL, arena_open((size_t)1 << 26), TEXT("test"), 60000);
}

void
till_close(void)
{
	struct arena *mem = rq.mem;

	req_end(&rq);
	arena_close(&mem);
}

void
till_reset(void)
{
	arena_reset(rq.mem);
}

void
line(size_t at, const char *category, int64_t unit_krw, int32_t quantity)
{
	sold_in[at] = category;
	lines[at] = (struct price_line){ .unit_krw = unit_krw, .quantity = quantity };
}

void
discounted(size_t at, bool percent, int64_t value)
{
	lines[at].discount = (struct price_off){ percent, value };
}

const char *
price(size_t n, const struct terms *t)
{
	const struct price_coupon coupon = { .present = t->present, .off = { t->percent, t->value },
		.minimum_krw = t->minimum_krw, .has_maximum = t->has_maximum, .maximum_krw = t->maximum_krw };
	const struct err *e;

	for (size_t i = 0; i < n; i++)
		lines[i].covered = t->only == NULL || strcmp(t->only, sold_in[i]) == 0;
	e = price_cart(&rq, lines, n, &coupon, &sum);
	return e != NULL ? e->slug : "";
}
