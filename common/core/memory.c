/* The heap, and a reserve behind it. */
#include "common/core/memory.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES = 4096, PAGES = 4096 };

/* Pieces are runs of pages: run[] says at the first page of each how many there are, elsewhere 0. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(PAGE_BYTES) char reserve[PAGES][PAGE_BYTES];
static uint16_t run[PAGES + 1];

bool
memory_is_reserve(const void *at)
{
	return (uintptr_t)at >= (uintptr_t)reserve && (uintptr_t)at < (uintptr_t)reserve + sizeof(reserve);
}

static uint16_t *
run_of(const void *at)
{
	return &run[((uintptr_t)at - (uintptr_t)reserve) / PAGE_BYTES];
}

/* Where so many pages in a row are free; PAGES when nowhere. */
static size_t
find_room(size_t pages)
{
	size_t from = 0, n = 0;

	while (n < pages && from + n < PAGES) {
		if (run[from + n] == 0) {
			n++;
			continue;
		}
		from += n + run[from + n];
		n = 0;
	}
	return n == pages ? from : PAGES;
}

static void *
take_reserve(size_t size)
{
	size_t pages = size / PAGE_BYTES + 1, at;

	if (pages > PAGES)
		return NULL;
	SURE(pthread_mutex_lock(&lock) == 0);
	at = find_room(pages);
	if (at < PAGES)
		run[at] = (uint16_t)pages;
	SURE(pthread_mutex_unlock(&lock) == 0);
	return at < PAGES ? reserve[at] : NULL;
}

void *
memory_take(size_t size)
{
	void *at = malloc(size == 0 ? 1 : size);

	if (at == NULL)
		at = take_reserve(size);
	return at;
}

void *
memory_zero(size_t n, size_t size)
{
	void *at = calloc(n == 0 ? 1 : n, size == 0 ? 1 : size);

	if (at != NULL || (size > 0 && n > SIZE_MAX / size))
		return at;
	at = take_reserve(n * size);
	return at == NULL ? NULL : memset(at, 0, n * size);
}

char *
memory_copy(const char *text)
{
	size_t size = strlen(text) + 1;
	char *at = memory_take(size);

	return at == NULL ? NULL : memcpy(at, text, size);
}

void *
memory_aligned(size_t align, size_t size)
{
	void *at = NULL;

	SURE(align <= PAGE_BYTES);
	if (posix_memalign(&at, align < sizeof(void *) ? sizeof(void *) : align, size == 0 ? 1 : size) == 0)
		return at;
	return take_reserve(size);
}

static void *
move(void *at, size_t had, size_t size)
{
	void *to = memory_take(size);

	if (to == NULL)
		return NULL;
	memcpy(to, at, had < size ? had : size);
	memory_give(at);
	return to;
}

/* What is in the reserve leaves it once the heap has some again. */
void *
memory_resize(void *at, size_t size)
{
	void *to = NULL;

	if (memory_is_reserve(at))
		return move(at, (size_t)*run_of(at) * PAGE_BYTES, size);
	to = realloc(at, size == 0 ? 1 : size);
	if (to != NULL)
		return to;
	return at == NULL ? take_reserve(size) : move(at, malloc_usable_size(at), size);
}

void
memory_give(void *at)
{
	if (!memory_is_reserve(at)) {
		free(at);
		return;
	}
	SURE(pthread_mutex_lock(&lock) == 0);
	*run_of(at) = 0;
	SURE(pthread_mutex_unlock(&lock) == 0);
}
