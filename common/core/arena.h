/* The memory of one unit of work: everything in it is freed at once, nothing alone. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H
#include "common/core/base.h"

struct arena;

/* An arena that may grow to cap_bytes; it grows by blocks and takes the first one at first use.
 * Running past the cap is a bug (bounds stand at the doors) and panics. Never returns NULL. */
struct arena *arena_open(size_t cap_bytes);
/* Frees all that was taken, keeps one block for the next unit of work. */
void          arena_reset(struct arena *a);
/* Takes and NULLs the owner's pointer. */
void          arena_close(struct arena **a);

/* Zeroed memory, never NULL. align is a power of two. Under ASan each call is its own malloc. */
void         *arena_zero(struct arena *a, size_t size, size_t align);
/* For bytes that are about to be read from somewhere: not zeroed, so a large piece costs memory only as it fills. */
char         *arena_bytes(struct arena *a, size_t size);
/* A copy with a NUL behind it, so that .at is also a C string. */
struct text   arena_copy(struct arena *a, struct text t);
struct text   arena_text(struct arena *a, const char *c_string);
const char   *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The parts one behind the other, a copy as above: what a printf of "%s" alone would cost three times as much for. */
struct text   arena_join(struct arena *a, const struct text *parts, size_t n);
size_t        arena_used(const struct arena *a);
/* What may still be taken before the cap: for readers of hostile input, which must ask first. */
size_t        arena_room(const struct arena *a);
/* For what a foreign library allocated and the arena cannot free by itself: free_it(what) runs once
 * at the next reset or close, the last registered first, while the arena's memory is still
 * there. */
void          arena_on_reset(struct arena *a, void (*free_it)(void *), void *what);

#define JOIN(a, ...)    arena_join((a), (const struct text[]){ __VA_ARGS__ }, COUNT_OF(((const struct text[]){ __VA_ARGS__ })))
#define NEW(a, T)       ((T *)arena_zero((a), sizeof(T), _Alignof(T)))
#define NEWS(a, T, n)   ((T *)arena_zero((a), sizeof(T) * (n), _Alignof(T)))
#endif
