/* Memory for those who cannot say that there is none: what is cut short by it would be a wrong answer, or no end. */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H
#include "common/core/base.h"

/* Memory from the heap and, when that has none, from a reserve that was set aside at start: 16 MiB for the whole process,
 * which cost nothing until they are used. So the work in hand comes to an end while the heap is exhausted. NULL once the
 * reserve is used up, too. align is a power of two, at most 64. */
void *memory_take(size_t size, size_t align);
/* As realloc(): what memory_take() gave, or NULL, at another size; it stays what it was when the answer is NULL. */
void *memory_resize(void *at, size_t size);
/* As free(). */
void  memory_give(void *at);
/* It came from the reserve: whoever keeps memory for later should not keep this. */
bool  memory_is_reserve(const void *at);
#endif
