/* Looks into JSON by path. */
#include "tests/kit/room.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A borrowed part of the document, NULL when it is not there. */
static const json_t *
find(const json_t *at, const char *path)
{
	while (at != NULL && *path != '\0') {
		size_t n = strcspn(path, ".");
		char word[256];

		if (n >= sizeof(word))
			return NULL;
		memcpy(word, path, n);
		word[n] = '\0';
		at = json_is_array(at) ? json_array_get(at, strtoul(word, NULL, 10)) : json_object_get(at, word);
		path += path[n] == '.' ? n + 1 : n;
	}
	return at;
}

static json_t *
parse(const char *json)
{
	return json != NULL ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
}

static const char *
as_text(const json_t *value)
{
	char *dump;
	const char *kept;

	if (json_is_string(value))
		return kit_keep(json_string_value(value), json_string_length(value));
	dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (dump == NULL)
		return NULL;
	kept = kit_keep(dump, strlen(dump));
	free(dump);
	return kept;
}

const char *
kit_json_text(const char *json, const char *path)
{
	json_t *doc = parse(json);
	const json_t *value = find(doc, path);
	const char *text = value != NULL ? as_text(value) : NULL;

	json_decref(doc);
	return text;
}

int64_t
kit_json_i64(const char *json, const char *path)
{
	json_t *doc = parse(json);
	const json_t *value = find(doc, path);
	int64_t n = json_is_integer(value) ? json_integer_value(value) : -1;

	json_decref(doc);
	return n;
}

size_t
kit_json_length(const char *json, const char *path)
{
	json_t *doc = parse(json);
	size_t n = json_array_size(find(doc, path));

	json_decref(doc);
	return n;
}
