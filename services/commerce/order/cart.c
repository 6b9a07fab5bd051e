/* The lines of an order: merged, sorted, ready to be locked. */
#include "services/commerce/order/cart.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_OF_ONE = 10000 };    /* as the contract's maximum of one line */

static int
by_product(const void *a, const void *b)
{
	const struct order_line_create *one = a, *two = b;

	return memcmp(one->product_id.b, two->product_id.b, sizeof(one->product_id.b));
}

const struct err *
cart_make(struct req *rq, const struct order_line_create *lines, size_t n, struct cart *out)
{
	struct order_line_create *sorted = NEWS(rq->mem, struct order_line_create, n);

	memcpy(sorted, lines, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_product);
	*out = (struct cart){ .product_ids = NEWS(rq->mem, struct uuid, n), .quantities = NEWS(rq->mem, int32_t, n),
		.names = NEWS(rq->mem, struct text, n), .lines = NEWS(rq->mem, struct price_line, n) };
	for (size_t i = 0; i < n; i++) {
		bool same = out->n > 0 && by_product(&sorted[i], &sorted[i - 1]) == 0;
		size_t at = same ? out->n - 1 : out->n++;

		out->product_ids[at] = sorted[i].product_id;
		out->quantities[at] += sorted[i].quantity;
		if (out->quantities[at] > MOST_OF_ONE)
			return FAIL(rq, RULE, "order.quantity", "more than %d of one product", MOST_OF_ONE);
	}
	return NULL;
}
