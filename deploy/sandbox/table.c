/* A hash table from text to pointer, by chaining, which doubles as it fills. */
#include "deploy/sandbox/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct table_entry {
	const char *key;
	void *value;
	struct table_entry *next;
};

/* FNV-1a. */
static size_t
hash(const char *key)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
	return (size_t)h;
}

static struct table_entry **
find(const struct table *t, const char *key)
{
	struct table_entry **at;

	if (t->slot_count == 0)
		return NULL;
	at = &t->slots[hash(key) & (t->slot_count - 1)];
	while (*at != NULL && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

static bool
grow(struct table *t)
{
	size_t count = t->slot_count == 0 ? 64 : 2 * t->slot_count;
	struct table_entry **slots = calloc(count, sizeof(struct table_entry *));

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < t->slot_count; i++) {
		struct table_entry *e, *next;

		for (e = t->slots[i]; e != NULL; e = next) {
			struct table_entry **to = &slots[hash(e->key) & (count - 1)];

			next = e->next;
			e->next = *to;
			*to = e;
		}
	}
	free(t->slots);
	t->slots = slots;
	t->slot_count = count;
	return true;
}

bool
table_put(struct table *t, const char *key, void *value)
{
	struct table_entry **at, *e;

	if (t->count >= t->slot_count && !grow(t))
		return false;
	at = find(t, key);
	if (at == NULL)
		return false;
	if (*at == NULL) {
		e = calloc(1, sizeof(*e));
		if (e == NULL)
			return false;
		*at = e;
		t->count++;
	}
	(*at)->key = key;
	(*at)->value = value;
	return true;
}

void *
table_get(const struct table *t, const char *key)
{
	struct table_entry **at = find(t, key);

	return at != NULL && *at != NULL ? (*at)->value : NULL;
}

void *
table_take(struct table *t, const char *key)
{
	struct table_entry **at = find(t, key), *e;
	void *value;

	if (at == NULL || *at == NULL)
		return NULL;
	e = *at;
	value = e->value;
	*at = e->next;
	free(e);
	t->count--;
	return value;
}

void
table_clear(struct table *t, void (*release)(void *))
{
	for (size_t i = 0; i < t->slot_count; i++) {
		struct table_entry *e, *next;

		for (e = t->slots[i]; e != NULL; e = next) {
			next = e->next;
			if (release != NULL)
				release(e->value);
			free(e);
		}
	}
	free(t->slots);
	*t = (struct table){ 0 };
}
