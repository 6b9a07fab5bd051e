/* Arenas: memory that is taken piece by piece and given back all at once. */
#include "common/core/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/core/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_PIECEWISE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_PIECEWISE 1
#endif
#endif
#ifndef ARENA_PIECEWISE
#define ARENA_PIECEWISE 0
#endif

/* Sixteen pages: most requests fit, and a thousand idle threads keep 64 MiB. Below glibc's mmap
 * threshold (128 KiB), so that the further blocks of a large request come from the heap and not
 * from the kernel. */
enum { BLOCK_BYTES = 65536, SHORT_PRINT = 256 };

struct block { struct block *next; char *at; size_t size, used; };
struct hook  { struct hook *next; void (*free_it)(void *); void *what; };

struct arena {
	struct block *first;      /* the kept one; always last in the list */
	struct block *blocks;     /* the newest first */
	struct hook  *hooks;
	size_t        used, cap;
};

static struct block *
block_new(struct block *next, size_t size, size_t align)
{
	struct block *b = memory_take(sizeof(*b));
	void *at = memory_aligned(align, size);

	SURE(b != NULL && at != NULL);      /* not even the reserve has any */
	*b = (struct block){ next, at, size, 0 };
	return b;
}

static void
block_free(struct block *b)
{
	memory_give(b->at);
	memory_give(b);
}

struct arena *
arena_open(size_t cap_bytes)
{
	struct arena *a = memory_take(sizeof(*a));

	SURE(a != NULL);
	*a = (struct arena){ .cap = cap_bytes };
	return a;
}

static void
run_hooks(struct arena *a)
{
	while (a->hooks != NULL) {
		struct hook *h = a->hooks;
		a->hooks = h->next;
		h->free_it(h->what);
	}
}

void
arena_reset(struct arena *a)
{
	run_hooks(a);
	while (a->blocks != a->first) {
		struct block *b = a->blocks;
		a->blocks = b->next;
		block_free(b);
	}
	a->used = 0;
	if (a->first == NULL)
		return;
	a->first->used = 0;
	if (memory_is_reserve(a->first) || memory_is_reserve(a->first->at)) {
		block_free(a->first);
		a->first = a->blocks = NULL;
	}
}

void
arena_close(struct arena **a)
{
	if (*a == NULL)
		return;
	arena_reset(*a);
	if ((*a)->first != NULL)
		block_free((*a)->first);
	memory_give(*a);
	*a = NULL;
}

static void *
block_take(struct block *b, size_t size, size_t align)
{
	size_t start;

	if (b == NULL)
		return NULL;
	start = (((uintptr_t)b->at + b->used + align - 1) & ~(uintptr_t)(align - 1)) -
	    (uintptr_t)b->at;
	if (start > b->size || size > b->size - start)
		return NULL;
	b->used = start + size;
	return b->at + start;
}

/* A piece that would waste most of a fresh block gets one of its own, behind the newest, so that
 * the room left in the newest is not lost. */
static void *
take_apart(struct arena *a, size_t size, size_t align)
{
	a->blocks->next = block_new(a->blocks->next, size, align);
	a->blocks->next->used = size;
	return a->blocks->next->at;
}

static void *
take(struct arena *a, size_t size, size_t align)
{
	void *p;

	if (a->first == NULL)
		a->first = a->blocks = block_new(NULL, BLOCK_BYTES, 64);
	p = block_take(a->blocks, size, align);
	if (p != NULL)
		return p;
	if (size > BLOCK_BYTES / 4 && a->blocks != a->first)
		return take_apart(a, size, align);
	a->blocks = block_new(a->blocks, size > BLOCK_BYTES ? size : BLOCK_BYTES, align);
	p = block_take(a->blocks, size, align);
	SURE(p != NULL);
	return p;
}

/* For ASan: a block per piece, exactly as long, so that running past an end is seen. */
static void *
take_piece(struct arena *a, size_t size, size_t align)
{
	a->blocks = block_new(a->blocks, size == 0 ? 1 : size, align);
	return a->blocks->at;
}

static void *
take_counted(struct arena *a, size_t size, size_t align)
{
	SURE(align != 0 && (align & (align - 1)) == 0);
	SURE(size <= a->cap && a->used <= a->cap - size);
	a->used += size;
	return ARENA_PIECEWISE ? take_piece(a, size, align) : take(a, size, align);
}

void *
arena_zero(struct arena *a, size_t size, size_t align)
{
	return memset(take_counted(a, size, align), 0, size);
}

char *
arena_bytes(struct arena *a, size_t size)
{
	return take_counted(a, size, 1);
}

struct text
arena_copy(struct arena *a, struct text t)
{
	char *at;

	SURE(t.len < SIZE_MAX);
	at = arena_zero(a, t.len + 1, 1);
	if (t.len > 0)
		memcpy(at, t.at, t.len);
	return (struct text){ at, t.len };
}

struct text
arena_text(struct arena *a, const char *c_string)
{
	return arena_copy(a, (struct text){ c_string, c_string == NULL ? 0 : strlen(c_string) });
}

struct text
arena_join(struct arena *a, const struct text *parts, size_t n)
{
	size_t len = 0;
	char *at, *end;

	for (size_t i = 0; i < n; i++)
		len += parts[i].len;
	at = end = arena_zero(a, len + 1, 1);
	for (size_t i = 0; i < n; i++) {
		if (parts[i].len > 0)
			memcpy(end, parts[i].at, parts[i].len);
		end += parts[i].len;
	}
	return (struct text){ at, len };
}

/* Nearly everything is short: printed once, where it fits, and copied. */
const char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	char piece[SHORT_PRINT];
	va_list ap;
	int n;
	char *at;

	va_start(ap, fmt);
	n = vsnprintf(piece, sizeof(piece), fmt, ap);
	va_end(ap);
	SURE(n >= 0);
	if ((size_t)n < sizeof(piece))
		return arena_copy(a, (struct text){ piece, (size_t)n }).at;
	at = arena_zero(a, (size_t)n + 1, 1);
	va_start(ap, fmt);
	(void)vsnprintf(at, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return at;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

size_t
arena_room(const struct arena *a)
{
	return a->cap - a->used;
}

void
arena_on_reset(struct arena *a, void (*free_it)(void *), void *what)
{
	struct hook *h = NEW(a, struct hook);

	*h = (struct hook){ a->hooks, free_it, what };
	a->hooks = h;
}
