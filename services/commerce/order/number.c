/* The order number that people read. */
#include "services/commerce/order/number.h"
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"

enum { RANDOM_LETTERS = 15 };

struct text
order_number(struct req *rq)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct day d = day_in_seoul(rq->now_us);
	int64_t s = (rq->now_us - day_start_us(d)) / 1000000;
	char tail[RANDOM_LETTERS + 1] = { 0 };

	for (int i = 0; i < RANDOM_LETTERS; i++)
		tail[i] = letters[random_below(sizeof(letters) - 1)];
	return text_of(arena_printf(rq->mem, "%04d%02d%02d%02d%02d%02d_%s", d.year, d.month, d.day, (int)(s / 3600),
	    (int)(s / 60 % 60), (int)(s % 60), tail));
}
