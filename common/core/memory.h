/* Memory for those who cannot say that there is none: of the heap, and when that is exhausted, of a reserve. */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H
#include "common/core/base.h"

/* The reserve is 16 MiB for the whole process, set aside at start; it costs nothing until it is used. So work that is in
 * hand comes to its end: requests are answered, signatures checked, sockets closed. NULL means that not even the reserve
 * has so much left, which callers take for the end: SURE(). Like malloc(), calloc(), aligned_alloc(), realloc() but that
 * a size of 0 is one of 1. align: at most 4096. */
void *memory_take(size_t size);
void *memory_zero(size_t n, size_t size);
void *memory_aligned(size_t align, size_t size);
void *memory_resize(void *at, size_t size);
/* A copy of a C string. */
char *memory_copy(const char *text);
/* As free(), for what came from here or from malloc(). */
void  memory_give(void *at);
/* It came from the reserve: who keeps memory for later should not keep this. */
bool  memory_is_reserve(const void *at);
#endif
