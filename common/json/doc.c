/* Looks into JSON that others wrote. */
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/json/load.h"

struct json_doc { json_t *root; };

static void
give_back(void *root)
{
	json_decref(root);
}

const struct err *
json_parse(struct req *rq, struct text json, const struct json_doc **out)
{
	struct json_doc *doc;
	const char *why;
	int line;
	json_t *root = json_load_bounded(json, &why, &line);

	if (root == NULL)
		return FAIL(rq, UPSTREAM, "upstream.json", "the answer is not JSON: %s (line %d)",
		    why, line);
	arena_on_reset(rq->mem, give_back, root);
	doc = NEW(rq->mem, struct json_doc);
	doc->root = root;
	*out = doc;
	return NULL;
}

static const json_t *
step(const json_t *at, struct text name)
{
	int64_t index;

	if (json_is_object(at))
		return json_object_getn(at, name.at, name.len);
	if (json_is_array(at) && text_to_i64(name, &index) && index >= 0)
		return json_array_get(at, (size_t)index);
	return NULL;
}

static const json_t *
find(const struct json_doc *doc, const char *path)
{
	struct text rest = text_of(path);
	const json_t *at = doc->root;

	while (at != NULL && rest.len > 0)
		at = step(at, text_cut(&rest, '.'));
	return at;
}

bool
json_text(struct req *rq, const struct json_doc *doc, const char *path, struct text *out)
{
	const json_t *v = find(doc, path);

	if (!json_is_string(v))
		return false;
	*out = arena_copy(rq->mem, (struct text){ json_string_value(v), json_string_length(v) });
	return true;
}

bool
json_i64(const struct json_doc *doc, const char *path, int64_t *out)
{
	const json_t *v = find(doc, path);

	if (!json_is_integer(v))
		return false;
	*out = json_integer_value(v);
	return true;
}

size_t
json_length(const struct json_doc *doc, const char *path)
{
	return json_array_size(find(doc, path));
}
