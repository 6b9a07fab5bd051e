/* Loads JSON within bounds. */
#include "common/json/load.h"

#include <stdlib.h>

#include "common/core/memory.h"
#include "common/json/json.h"

static _Thread_local bool may_use_reserve;

void
json_use_reserve(bool may)
{
	may_use_reserve = may;
}

static void *
take(size_t size)
{
	return may_use_reserve ? memory_take(size) : malloc(size);
}

/* Before main(): nothing may have been allocated by then. */
__attribute__((constructor)) static void
choose_memory(void)
{
	json_set_alloc_funcs(take, memory_give);
}

struct scan { int depth; size_t values; bool in_string, escaped; };

static void
scan_string(struct scan *s, char c)
{
	if (s->escaped)
		s->escaped = false;
	else if (c == '\\')
		s->escaped = true;
	else
		s->in_string = c != '"';
}

static void
scan_outside(struct scan *s, char c)
{
	if (c == '"')
		s->in_string = true;
	else if (c == '{' || c == '[')
		s->depth++;
	else if (c == '}' || c == ']')
		s->depth--;
	s->values += c == '{' || c == '[' || c == ',' || c == ':';
}

/* What jansson would recurse into and allocate, told from the bytes alone; NULL: within bounds.
 * Text that is not JSON may be counted wrongly here, jansson refuses it afterwards. */
static const char *
out_of_bounds(struct text json)
{
	struct scan s = { 0, 0, false, false };

	for (size_t i = 0; i < json.len; i++) {
		if (s.in_string)
			scan_string(&s, json.at[i]);
		else
			scan_outside(&s, json.at[i]);
		if (s.depth > JSON_MAX_DEPTH)
			return "it is nested too deeply";
		if (s.values > JSON_MAX_VALUES)
			return "it has too many values";
	}
	return NULL;
}

/* jansson's own words quote the document. */
static const char *
reason(const json_error_t *e)
{
	enum json_error_code code = json_error_code(e);

	if (code == json_error_duplicate_key)
		return "a name stands twice in one object";
	if (code == json_error_invalid_utf8)
		return "it is not UTF-8";
	if (code == json_error_null_character || code == json_error_null_byte_in_key)
		return "it holds a NUL character";
	if (code == json_error_numeric_overflow)
		return "a number is too large";
	if (code == json_error_end_of_input_expected)
		return "something follows the document";
	return "the syntax is wrong";
}

json_t *
json_load_bounded(struct text json, const char **why, int *line)
{
	json_error_t e;
	json_t *root;

	*line = 0;
	*why = out_of_bounds(json);
	if (*why != NULL)
		return NULL;
	json_use_reserve(true);
	root = json_loadb(json.len == 0 ? "" : json.at, json.len, JSON_REJECT_DUPLICATES, &e);
	json_use_reserve(false);
	if (root == NULL) {
		*why = reason(&e);
		*line = e.line;
	}
	return root;
}
