/* What the shim's own files share. */
#ifndef NTH_SHIM_H
#define NTH_SHIM_H
#include <stdbool.h>

#include "tests/nth/page.h"

/* NULL in a process that has none. */
extern struct nth_page *nth_page;

/* Counts a call of that kind; true when this is the one that must fail. */
bool nth_is_due(enum nth_kind kind);

/* Puts the next function of that name, which is the real one, into a pointer to function. */
void nth_find(void *into, const char *name);
#endif
