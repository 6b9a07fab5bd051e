/* The reserve behind the heap: what is asked for while the heap has nothing. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/core/arena.h"
#include "common/core/memory.h"

enum { LARGE = 1048576 };

/* From here on nothing more can be mapped, so that no large piece comes from the heap. ASan would not stand it. */
static void
exhaust(void)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip("the sanitizer needs memory of its own");
#endif
	struct rlimit data;

	cr_assert_eq(getrlimit(RLIMIT_DATA, &data), 0);
	data.rlim_cur = 1;      /* 0 is not taken at its word: Linux then goes by the other one */
	cr_assert_eq(setrlimit(RLIMIT_DATA, &data), 0);
	cr_assert_null(malloc(LARGE));
}

static void
relieve(void)
{
	struct rlimit data;

	cr_assert_eq(getrlimit(RLIMIT_DATA, &data), 0);
	data.rlim_cur = data.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_DATA, &data), 0);
}

Test(memory, comes_from_the_heap_while_that_has_some)
{
	char *at = memory_take(10), *more;

	cr_assert_not(memory_is_reserve(at));
	memcpy(at, "123456789", 10);
	more = memory_resize(at, LARGE);
	cr_assert_str_eq(more, "123456789");
	memory_give(more);
	memory_give(NULL);
}

Test(memory, comes_from_the_reserve_when_the_heap_has_none_and_goes_back_there)
{
	exhaust();
	for (int i = 0; i < 100; i++) {      /* far more than the reserve has, one after the other */
		char *at = memory_zero(1, LARGE);
		cr_assert(memory_is_reserve(at));
		cr_assert_eq(at[LARGE - 1], 0);
		at[LARGE - 1] = 'x';
		memory_give(at);
	}
}

Test(memory, pieces_of_the_reserve_do_not_overlap_and_end)
{
	char *at[32];
	int n = 0;

	exhaust();
	for (; n < 32 && (at[n] = memory_take(LARGE)) != NULL; n++)
		memset(at[n], 'a' + n, LARGE);
	cr_assert(n > 10 && n < 32);
	for (int i = 0; i < n; i++)
		cr_assert_eq(at[i][LARGE - 1], 'a' + i);
	memory_give(at[3]);
	cr_assert_eq(memory_take(LARGE), at[3]);
}

Test(memory, moves_from_the_heap_to_the_reserve_when_it_must_grow)
{
	char *at = memory_take(LARGE / 2), *grown;

	memset(at, 'h', LARGE / 2);
	exhaust();
	grown = memory_resize(at, 2 * LARGE);
	cr_assert(memory_is_reserve(grown));
	cr_assert_eq(grown[LARGE / 2 - 1], 'h');
	grown = memory_resize(grown, 3 * LARGE);
	cr_assert(memory_is_reserve(grown));
	cr_assert_eq(grown[0], 'h');
	relieve();
	grown = memory_resize(grown, 4 * LARGE);
	cr_assert_not(memory_is_reserve(grown), "what is kept for long does not keep the reserve");
	cr_assert_eq(grown[LARGE / 2 - 1], 'h');
	memory_give(grown);
}

Test(memory, an_arena_goes_on_with_the_reserve_and_gives_it_back)
{
	struct arena *a = arena_open((size_t)64 * LARGE);

	exhaust();
	for (int i = 0; i < 10; i++) {
		for (int n = 0; n < 10; n++)
			cr_assert_not_null(arena_zero(a, LARGE, 8));
		arena_reset(a);
	}
	arena_close(&a);
}
