/* Arenas: alignment, zeroing, the cap, reset and what is freed with it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>

#include "common/core/arena.h"

Test(arena, memory_is_zeroed_and_aligned)
{
	struct arena *a = arena_open(1 << 20);

	for (size_t align = 1; align <= 256; align *= 2) {
		unsigned char *p = arena_zero(a, 100, align);
		cr_assert_eq((uintptr_t)p % align, 0, "align %zu", align);
		for (int i = 0; i < 100; i++)
			cr_assert_eq(p[i], 0);
		memset(p, 0xff, 100);
	}
	arena_close(&a);
	cr_assert_null(a);
}

Test(arena, memory_is_zeroed_again_after_a_reset)
{
	struct arena *a = arena_open(1 << 20);

	for (int round = 0; round < 3; round++) {
		unsigned char *p = arena_zero(a, 1000, 8);
		for (int i = 0; i < 1000; i++)
			cr_assert_eq(p[i], 0);
		memset(p, 0xff, 1000);
		cr_assert_eq(arena_used(a), 1000);
		arena_reset(a);
		cr_assert_eq(arena_used(a), 0);
	}
	arena_close(&a);
}

Test(arena, pieces_larger_than_a_block_and_many_small_ones_do_not_overlap)
{
	struct arena *a = arena_open(16 << 20);
	unsigned char *piece[400];
	size_t size[400];

	for (size_t i = 0; i < 400; i++) {
		size[i] = i % 7 == 0 ? 70000 : 1 + i * 37 % 3000;
		piece[i] = arena_zero(a, size[i], (size_t)1 << i % 5);
		memset(piece[i], (int)(i % 251) + 1, size[i]);
	}
	for (size_t i = 0; i < 400; i++) {
		for (size_t j = 0; j < size[i]; j++)
			cr_assert_eq(piece[i][j], i % 251 + 1);
	}
	arena_close(&a);
}

/* As many as threads of a server, each with a body that never comes. */
Test(arena, bytes_that_are_never_written_cost_no_memory)
{
	enum { ARENAS = 64, SIZE = 1 << 20, PAGES_MOST = ARENAS * SIZE / 4096 / 4 };
	struct arena *a[ARENAS];
	long before = 0, after = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	cr_assert(f != NULL && fscanf(f, "%*d %ld", &before) == 1 && fclose(f) == 0);
	for (int i = 0; i < ARENAS; i++) {
		a[i] = arena_open(2 * SIZE);
		arena_bytes(a[i], SIZE)[SIZE - 1] = '\0';
	}
	f = fopen("/proc/self/statm", "r");
	cr_assert(f != NULL && fscanf(f, "%*d %ld", &after) == 1 && fclose(f) == 0);
	cr_assert_lt(after - before, PAGES_MOST);
	for (int i = 0; i < ARENAS; i++)
		arena_close(&a[i]);
}

Test(arena, the_whole_cap_may_be_used)
{
	struct arena *a = arena_open(1000);

	cr_assert_eq(arena_room(a), 1000);
	cr_assert_not_null(arena_zero(a, 1000, 1));
	cr_assert_eq(arena_room(a), 0);
	arena_close(&a);
}

Test(arena, running_past_the_cap_panics, .signal = SIGABRT)
{
	struct arena *a = arena_open(1000);

	(void)arena_zero(a, 600, 1);
	(void)arena_zero(a, 401, 1);
}

Test(arena, a_size_near_the_largest_panics_instead_of_wrapping, .signal = SIGABRT)
{
	struct arena *a = arena_open(1000);

	(void)arena_zero(a, 1, 1);
	(void)arena_zero(a, SIZE_MAX, 1);
}

Test(arena, copies_end_with_a_nul_and_keep_nuls_inside)
{
	struct arena *a = arena_open(4096);
	struct text t = arena_copy(a, (struct text){ "a\0b", 3 });

	cr_assert_eq(t.len, 3);
	cr_assert_eq(memcmp(t.at, "a\0b", 4), 0);
	t = arena_copy(a, (struct text){ NULL, 0 });
	cr_assert_str_eq(t.at, "");
	t = arena_text(a, NULL);
	cr_assert_str_eq(t.at, "");
	cr_assert_str_eq(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	arena_close(&a);
}

static char order[8];
static size_t n_order;

static void
note(void *what)
{
	order[n_order++] = *(char *)what;
}

Test(arena, what_was_registered_is_freed_once_and_the_last_first)
{
	struct arena *a = arena_open(4096);
	char first = '1', second = '2', third = '3';

	arena_on_reset(a, note, &first);
	arena_on_reset(a, note, &second);
	arena_reset(a);
	arena_reset(a);
	cr_assert_str_eq(order, "21");
	arena_on_reset(a, note, &third);
	arena_close(&a);
	arena_close(&a);
	cr_assert_str_eq(order, "213");
}

Test(arena, parts_become_one_text_that_is_a_c_string_too)
{
	struct arena *a = arena_open(1 << 16);
	struct text all = JOIN(a, TEXT("GET"), TEXT(" "), (struct text){ NULL, 0 }, TEXT("/x"));

	cr_assert_eq(all.len, 6);
	cr_assert_str_eq(all.at, "GET /x");
	cr_assert_str_eq(arena_join(a, NULL, 0).at, "");
	arena_close(&a);
}
