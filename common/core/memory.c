/* The heap, and a reserve behind it. */
#include "common/core/memory.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { RESERVE_BYTES = 16777216, GRAIN = 64 };

/* Each piece has its size in the grain before it. The room behind the last one is taken; all of it is free again once
 * every piece is back, which is when the shortage is over. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(GRAIN) char reserve[RESERVE_BYTES];
static size_t used, pieces;

bool
memory_is_reserve(const void *at)
{
	return (uintptr_t)at >= (uintptr_t)reserve && (uintptr_t)at < (uintptr_t)reserve + sizeof(reserve);
}

static void *
take_reserve(size_t size)
{
	size_t room = GRAIN + ((size + GRAIN - 1) & ~(size_t)(GRAIN - 1));
	char *at = NULL;

	SURE(pthread_mutex_lock(&lock) == 0);
	if (pieces == 0)
		used = 0;
	if (size < sizeof(reserve) && room <= sizeof(reserve) - used) {
		at = reserve + used + GRAIN;
		memcpy(at - GRAIN, &size, sizeof(size));
		used += room;
		pieces++;
	}
	SURE(pthread_mutex_unlock(&lock) == 0);
	return at;
}

void *
memory_take(size_t size, size_t align)
{
	void *at = NULL;

	SURE(align <= GRAIN);
	if (align <= _Alignof(max_align_t))
		at = malloc(size == 0 ? 1 : size);
	else if (posix_memalign(&at, align, size) != 0)
		at = NULL;
	return at != NULL ? at : take_reserve(size);
}

static size_t
size_of(void *at)
{
	size_t size;

	if (!memory_is_reserve(at))
		return malloc_usable_size(at);
	memcpy(&size, (char *)at - GRAIN, sizeof(size));
	return size;
}

void *
memory_resize(void *at, size_t size)
{
	size_t before;
	void *to = memory_is_reserve(at) ? NULL : realloc(at, size == 0 ? 1 : size);

	if (to != NULL)
		return to;
	to = take_reserve(size);
	if (to == NULL || at == NULL)
		return to;
	before = size_of(at);
	memcpy(to, at, before < size ? before : size);
	memory_give(at);
	return to;
}

void
memory_give(void *at)
{
	if (!memory_is_reserve(at)) {
		free(at);
		return;
	}
	SURE(pthread_mutex_lock(&lock) == 0);
	pieces--;
	SURE(pthread_mutex_unlock(&lock) == 0);
}
