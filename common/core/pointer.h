/* Where in a document a reader stands: a chain on its stack, made text only when needed. */
#ifndef CORE_POINTER_H
#define CORE_POINTER_H
#include "common/core/arena.h"

/* One step down: a member by its name, or, name NULL, an item by its index. NULL is the root. */
struct pointer { const struct pointer *up; const char *name; size_t index; };

/* RFC 6901: "/lines/3/quantity"; '~' and '/' in names are escaped. Names are cut at 64 bytes. */
const char *pointer_text(struct arena *mem, const struct pointer *at);
#endif
