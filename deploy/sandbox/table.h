/* A hash table from text to pointer. The caller locks it and owns keys and values. */
#ifndef SANDBOX_TABLE_H
#define SANDBOX_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table_entry;

/* A zeroed table is an empty table. */
struct table {
	struct table_entry **slots;
	size_t slot_count;
	size_t count;
};

/* Sets the value of a key, whose text must outlive the entry; false when memory is out. */
bool table_put(struct table *t, const char *key, void *value);
void *table_get(const struct table *t, const char *key);

/* Takes the entry away and returns its value, NULL when there was none. */
void *table_take(struct table *t, const char *key);

/* Forgets all entries; each value is first given to release, when that is not NULL. */
void table_clear(struct table *t, void (*release)(void *));

#endif
