/* Byte buffers: growth, the sticky overflow mark, numbers. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/text.h"

static void
fill_and_check(struct buf *b)
{
	for (int i = 0; i < 5000; i++)
		buf_byte(b, (uint8_t)i);
	cr_assert_eq(b->len, 5000);
	for (int i = 0; i < 5000; i++)
		cr_assert_eq((uint8_t)b->at[i], (uint8_t)i);
	cr_assert_not(b->overflow);
}

Test(buf, grows_on_the_heap_and_in_an_arena)
{
	struct arena *a = arena_open(1 << 20);
	struct buf heap = buf_heap(5000), in = buf_in(a, 5000);

	fill_and_check(&heap);
	fill_and_check(&in);
	buf_byte(&heap, 'x');
	cr_assert(heap.overflow);
	buf_free(&heap);
	cr_assert_null(heap.at);
	arena_close(&a);
}

Test(buf, overflow_writes_nothing_more_and_stays)
{
	struct buf b = buf_heap(10);

	buf_str(&b, "12345678");
	buf_str(&b, "abc");
	cr_assert(b.overflow);
	cr_assert(text_is(buf_as_text(&b), "12345678"));
	buf_byte(&b, 'x');
	cr_assert(text_is(buf_as_text(&b), "12345678"),
	    "what fits is not written either once something was lost");
	buf_reset(&b);
	buf_str(&b, "0123456789");
	cr_assert_not(b.overflow);
	cr_assert(text_is(buf_as_text(&b), "0123456789"));
	buf_free(&b);
}

Test(buf, numbers_are_written_in_full)
{
	struct buf b = buf_heap(1000);

	buf_i64(&b, 0);
	buf_byte(&b, ' ');
	buf_i64(&b, INT64_MIN);
	buf_byte(&b, ' ');
	buf_i64(&b, INT64_MAX);
	buf_printf(&b, " %s", "x");
	cr_assert(text_is(buf_as_text(&b), "0 -9223372036854775808 9223372036854775807 x"));
	buf_free(&b);
}

Test(buf, a_long_printf_is_whole)
{
	char long_word[3000];
	struct buf b = buf_heap(10000);

	memset(long_word, 'w', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	buf_printf(&b, "<%s>", long_word);
	cr_assert_eq(b.len, 3001);
	cr_assert_eq(b.at[3000], '>');
	buf_free(&b);
}

Test(buf, an_empty_buffer_is_the_empty_text)
{
	struct buf b = buf_heap(10);

	buf_str(&b, NULL);
	buf_text(&b, (struct text){ NULL, 0 });
	cr_assert_not_null(buf_as_text(&b).at);
	cr_assert_eq(buf_as_text(&b).len, 0);
	buf_free(&b);
}
