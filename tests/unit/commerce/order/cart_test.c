/* Lines of a cart: merged, sorted, bounded. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/commerce/order/cart.h"

static struct req rq;
static struct cart cart;

static void
begin(void)
{
	req_begin(&rq, NULL, arena_open((size_t)1 << 22), TEXT("test"), 1000);
}

static void
end(void)
{
	struct arena *mem = rq.mem;

	req_end(&rq);
	arena_close(&mem);
}

TestSuite(cart, .init = begin, .fini = end);

static struct order_line_create
line(uint8_t product, int32_t quantity)
{
	return (struct order_line_create){ .product_id = { { product, [15] = 7 } }, .quantity = quantity };
}

static const char *
make(const struct order_line_create *lines, size_t n)
{
	const struct err *e = cart_make(&rq, lines, n, &cart);

	return e != NULL ? e->slug : "";
}

Test(cart, products_stand_sorted_by_id_as_unsigned_bytes)
{
	cr_assert_str_eq(make((struct order_line_create[]){ line(0x80, 1), line(2, 2), line(0xff, 3), line(0x7f, 4) }, 4), "");
	cr_assert_eq(cart.n, 4);
	cr_assert_eq(cart.product_ids[0].b[0], 2);
	cr_assert_eq(cart.product_ids[1].b[0], 0x7f);
	cr_assert_eq(cart.product_ids[2].b[0], 0x80);
	cr_assert_eq(cart.product_ids[3].b[0], 0xff);
	cr_assert_eq(cart.quantities[1], 4);
	cr_assert_eq(cart.quantities[3], 3);
}

Test(cart, lines_of_one_product_are_merged)
{
	cr_assert_str_eq(make((struct order_line_create[]){ line(9, 1), line(2, 2), line(9, 3), line(9, 4) }, 4), "");
	cr_assert_eq(cart.n, 2);
	cr_assert_eq(cart.quantities[0], 2);
	cr_assert_eq(cart.quantities[1], 8);
}

Test(cart, ids_that_differ_in_the_last_byte_only_are_two_products)
{
	struct order_line_create lines[] = { line(9, 1), line(9, 2) };

	lines[1].product_id.b[15] = 6;
	cr_assert_str_eq(make(lines, 2), "");
	cr_assert_eq(cart.n, 2);
	cr_assert_eq(cart.quantities[0], 2);
}

Test(cart, ten_thousand_of_one_product_are_the_most)
{
	cr_assert_str_eq(make((struct order_line_create[]){ line(9, 9999), line(9, 1) }, 2), "");
	cr_assert_eq(cart.quantities[0], 10000);
	cr_assert_str_eq(make((struct order_line_create[]){ line(9, 9999), line(2, 1), line(9, 2) }, 3), "order.quantity");
}

Test(cart, a_hundred_full_lines_of_one_product_do_not_overflow)
{
	struct order_line_create lines[100];

	for (size_t i = 0; i < 100; i++)
		lines[i] = line(1, 10000);
	cr_assert_str_eq(make(lines, 100), "order.quantity");
}

Test(cart, the_lines_of_the_request_stay_as_they_were)
{
	const struct order_line_create lines[] = { line(9, 1), line(2, 2) };

	cr_assert_str_eq(make(lines, 2), "");
	cr_assert_eq(lines[0].product_id.b[0], 9);
	cr_assert_eq(lines[0].quantity, 1);
}
