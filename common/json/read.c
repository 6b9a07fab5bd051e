/* Reads a JSON object into a described struct, collecting everything that is wrong with it. */
#include "common/core/field.h"
#include "common/core/pointer.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/json/load.h"

/* reserve: bytes of mem that stay free for the texts of the body, see field_reserve(). */
struct reader { struct err_fields *fs; struct arena *mem; size_t reserve; };

static void read_object(struct reader *r, json_t *from, const struct msg_type *type, void *into,
    const struct pointer *where);

static void
wrong(struct reader *r, const struct pointer *where, const char *code, const char *detail)
{
	bool kept = r->fs->n < ERR_FIELDS_KEPT;

	err_field_add(r->fs, kept ? pointer_text(r->mem, where) : "", code, "%s", detail);
}

static size_t
room(const struct reader *r)
{
	size_t left = arena_room(r->mem);

	return left > r->reserve ? left - r->reserve : 0;
}

static struct text
string_of(const json_t *v)
{
	return (struct text){ json_string_value(v), json_string_length(v) };
}

static bool
read_string(struct reader *r, const json_t *v, const struct msg_field *f, void *at,
    struct field_fault *why)
{
	struct text raw;

	if (!json_is_string(v))
		return field_wrong_type(f, why);
	if (f->kind != MSG_BYTES)
		return field_text(r->mem, f, string_of(v), at, why);
	if (text_from_base64url(r->mem, string_of(v), &raw))
		return field_bytes(r->mem, f, raw, at, why);
	*why = (struct field_fault){ "format", "must be base64url without padding" };
	return false;
}

/* Dumped again rather than cut out of the body: what is kept is known to be JSON. */
static bool
read_json(struct reader *r, const json_t *v, const struct msg_field *f, void *at,
    struct field_fault *why)
{
	size_t len;
	char *dump;

	if (!json_is_object(v) && !json_is_array(v))
		return field_wrong_type(f, why);
	json_use_reserve(true);
	len = json_dumpb(v, NULL, 0, JSON_COMPACT);
	json_use_reserve(false);
	if (len >= room(r) / 2) {      /* dumped here and copied by field_bytes() */
		*why = (struct field_fault){ "too_long", "is larger than one request may be" };
		return false;
	}
	dump = arena_zero(r->mem, len + 1, 1);
	json_use_reserve(true);
	SURE(json_dumpb(v, dump, len, JSON_COMPACT) == len);
	json_use_reserve(false);
	return field_bytes(r->mem, f, (struct text){ dump, len }, at, why);
}

static bool
read_scalar(struct reader *r, const json_t *v, const struct msg_field *f, void *at,
    struct field_fault *why)
{
	switch (f->kind) {
	case MSG_BOOL:
		return json_is_boolean(v) ? field_bool(f, json_is_true(v), at, why) :
		    field_wrong_type(f, why);
	case MSG_I32:
	case MSG_I64:
		return json_is_integer(v) ? field_number(f, json_integer_value(v), at, why) :
		    field_wrong_type(f, why);
	case MSG_TEXT:
	case MSG_UUID:
	case MSG_TIME:
	case MSG_BYTES:
		return read_string(r, v, f, at, why);
	case MSG_JSON:
		return read_json(r, v, f, at, why);
	case MSG_OBJECT:
		break;
	}
	return field_wrong_type(f, why);
}

static void
read_value(struct reader *r, json_t *v, const struct msg_field *f, void *at,
    const struct pointer *where)
{
	struct field_fault why;

	if (f->kind == MSG_OBJECT && json_is_object(v))
		read_object(r, v, f->object, at, where);
	else if (!read_scalar(r, v, f, at, &why))
		wrong(r, where, why.code, why.detail);
}

static void
read_list(struct reader *r, json_t *v, const struct msg_field *f, void *into,
    const struct pointer *where)
{
	struct pointer item = { where, NULL, 0 };
	struct field_fault why = { "type", "must be an array" };
	struct field_list list;
	size_t n = json_array_size(v);

	if (!json_is_array(v) || !field_items(f, n, &why) || !field_fits(f, n, room(r), &why)) {
		wrong(r, where, why.code, why.detail);
		return;
	}
	list = field_new_list(r->mem, f, n, into);
	for (; item.index < list.n; item.index++) {
		char *at = (char *)list.items + item.index * field_size(f);
		read_value(r, json_array_get(v, item.index), f, at, &item);
	}
}

static void
read_field(struct reader *r, json_t *v, const struct msg_field *f, void *into,
    const struct pointer *where)
{
	field_mark(f, into, false);
	if (v == NULL) {
		if (f->flags & MSG_REQUIRED)
			wrong(r, where, "required", "is missing");
		return;
	}
	if (json_is_null(v) && f->flags & MSG_NULLABLE)
		return;
	field_mark(f, into, true);
	if (f->flags & MSG_LIST)
		read_list(r, v, f, into, where);
	else
		read_value(r, v, f, field_at(f, into), where);
}

static bool
is_field(const struct msg_type *type, const char *name)
{
	for (size_t i = 0; i < type->n_fields; i++) {
		if (type->fields[i].where == MSG_IN_BODY &&
		    text_is(text_of(name), type->fields[i].name))
			return true;
	}
	return false;
}

static void
refuse_unknown(struct reader *r, json_t *from, const struct msg_type *type,
    const struct pointer *where)
{
	const char *name;
	json_t *v;

	json_object_foreach(from, name, v) {
		struct pointer member = { where, name, 0 };
		if (!is_field(type, name))
			wrong(r, &member, "unknown", "is not a field here");
	}
}

static void
read_object(struct reader *r, json_t *from, const struct msg_type *type, void *into,
    const struct pointer *where)
{
	size_t n_known = 0;

	for (size_t i = 0; i < type->n_fields; i++) {
		const struct msg_field *f = &type->fields[i];
		struct pointer member = { where, f->name, 0 };
		json_t *v = f->where == MSG_IN_BODY ? json_object_get(from, f->name) : NULL;
		if (f->where != MSG_IN_BODY)
			continue;
		n_known += v != NULL;
		read_field(r, v, f, into, &member);
	}
	if (!type->open && n_known < json_object_size(from))
		refuse_unknown(r, from, type, where);
}

const struct err *
json_read(struct req *rq, struct text json, const struct msg_type *type, void *into,
    struct err_fields *fs)
{
	struct reader r = { fs, rq->mem, field_reserve(json.len) };
	const char *why;
	int line;
	json_t *root;

	if (arena_room(rq->mem) < r.reserve)
		return FAIL(rq, TOO_LARGE, "request.too_large", "The body is too large.");
	root = json_load_bounded(json, &why, &line);
	if (root == NULL)
		return FAIL(rq, INVALID, "request.json",
		    "The body is not JSON that is taken here: %s (line %d).", why, line);
	if (!json_is_object(root)) {
		json_decref(root);
		return FAIL(rq, INVALID, "request.json", "The body must be a JSON object.");
	}
	read_object(&r, root, type, into, NULL);
	json_decref(root);
	return NULL;
}
