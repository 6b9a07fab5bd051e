/* Unpacks a msgpack map into a described struct; the first thing that is wrong ends it. */
#include <string.h>

#include "common/core/field.h"
#include "common/core/pointer.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/pack/pack.h"
#include "common/pack/scan.h"
#include "common/pack/value.h"

/* at: the next value. reserve: bytes of the arena that stay free for the texts, see field_reserve(). */
struct reader { struct req *rq; const unsigned char *at; size_t reserve; const struct err *failed; };

static bool read_object(struct reader *r, size_t pairs, const struct msg_type *type, void *into,
    const struct pointer *where);

static bool
wrong(struct reader *r, const struct pointer *where, const char *code, const char *detail)
{
	r->failed = FAIL(r->rq, INVALID, "event.malformed", "%s: %s, %s",
	    pointer_text(r->rq->mem, where), code, detail);
	return false;
}

static size_t
room(const struct reader *r)
{
	size_t left = arena_room(r->rq->mem);

	return left > r->reserve ? left - r->reserve : 0;
}

/* What a MSG_JSON field carries must be JSON here too: json_write() passes it on unread. */
static bool
read_json(struct reader *r, const struct msg_field *f, struct text t, void *at,
    struct field_fault *why)
{
	const struct json_doc *doc;

	if (json_parse(r->rq, t, &doc) != NULL)
		return field_wrong_type(f, why);
	return field_bytes(r->rq->mem, f, t, at, why);
}

static bool
read_string(struct reader *r, const struct value *v, const struct msg_field *f, void *at,
    struct field_fault *why)
{
	if (v->kind != VALUE_TEXT)
		return field_wrong_type(f, why);
	return f->kind == MSG_JSON ? read_json(r, f, v->text, at, why) :
		    field_text(r->rq->mem, f, v->text, at, why);
}

static bool
read_scalar(struct reader *r, const struct value *v, const struct msg_field *f, void *at,
    struct field_fault *why)
{
	switch (f->kind) {
	case MSG_BOOL:
		return v->kind == VALUE_BOOL ? field_bool(f, v->yes, at, why) : field_wrong_type(f, why);
	case MSG_I32:
	case MSG_I64:
		return v->kind == VALUE_NUMBER ? field_number(f, v->number, at, why) : field_wrong_type(f, why);
	case MSG_TEXT:
	case MSG_UUID:
	case MSG_TIME:
	case MSG_JSON:
		return read_string(r, v, f, at, why);
	case MSG_BYTES:
		if (v->kind == VALUE_BYTES)
			return field_bytes(r->rq->mem, f, v->text, at, why);
		break;
	case MSG_OBJECT:
		break;
	}
	return field_wrong_type(f, why);
}

static bool
read_value(struct reader *r, const struct value *v, const struct msg_field *f, void *at,
    const struct pointer *where)
{
	struct field_fault why;

	if (f->kind == MSG_OBJECT && v->kind == VALUE_MAP)
		return read_object(r, v->n, f->object, at, where);
	return read_scalar(r, v, f, at, &why) || wrong(r, where, why.code, why.detail);
}

static bool
read_list(struct reader *r, const struct value *v, const struct msg_field *f, void *into,
    const struct pointer *where)
{
	struct pointer item = { where, NULL, 0 };
	struct field_fault why = { "type", "must be an array" };
	struct field_list list;

	if (v->kind != VALUE_ARRAY || !field_items(f, v->n, &why) || !field_fits(f, v->n, room(r), &why))
		return wrong(r, where, why.code, why.detail);
	list = field_new_list(r->rq->mem, f, v->n, into);
	for (; item.index < list.n; item.index++) {
		struct value one;
		value_take(&r->at, &one);
		if (!read_value(r, &one, f, (char *)list.items + item.index * field_size(f), &item))
			return false;
	}
	return true;
}

/* The key may hold any byte, a NUL too, and be longer than the name. */
static bool
is_named(const struct msg_field *f, struct text key)
{
	return key.len > 0 && strncmp(f->name, key.at, key.len) == 0 && strlen(f->name) == key.len;
}

/* The field of that name, looked for behind the last one first: so our own writers write them. n_fields: there is none. */
static size_t
find_field(const struct msg_type *type, struct text key, size_t next)
{
	for (size_t i = next; i < type->n_fields; i++)
		if (is_named(&type->fields[i], key))
			return i;
	for (size_t i = 0; i < next; i++)
		if (is_named(&type->fields[i], key))
			return i;
	return type->n_fields;
}

static bool
read_field(struct reader *r, const struct value *v, const struct msg_field *f, void *into,
    const struct pointer *where)
{
	if (v->kind == VALUE_NIL && f->flags & MSG_NULLABLE)
		return true;
	field_mark(f, into, true);
	if (f->flags & MSG_LIST)
		return read_list(r, v, f, into, where);
	return read_value(r, v, f, field_at(f, into), where);
}

/* Which fields of the contract a map has held so far. */
enum { FIELDS_MAX = 256 };
struct seen { uint64_t bit[FIELDS_MAX / 64]; };

/* False when it was seen before. */
static bool
see(struct seen *seen, size_t field)
{
	uint64_t *word = &seen->bit[field / 64], bit = UINT64_C(1) << (field % 64);
	bool fresh = (*word & bit) == 0;

	*word |= bit;
	return fresh;
}

/* Nothing that must be there is missing. */
static bool
is_complete(struct reader *r, const struct msg_type *type, struct seen *seen, const struct pointer *where)
{
	for (size_t i = 0; i < type->n_fields; i++) {
		struct pointer member = { where, type->fields[i].name, 0 };
		if ((type->fields[i].flags & MSG_REQUIRED) != 0 && see(seen, i))
			return wrong(r, &member, "required", "is missing");
	}
	return true;
}

static bool
read_object(struct reader *r, size_t pairs, const struct msg_type *type, void *into,
    const struct pointer *where)
{
	struct seen seen = { { 0 } };
	size_t next = 0;

	SURE(type->n_fields <= FIELDS_MAX);
	for (; pairs > 0; pairs--) {
		struct value key, v;
		value_take(&r->at, &key);
		size_t i = type->n_fields;
		if (key.kind == VALUE_TEXT)
			i = find_field(type, key.text, next);
		else
			value_skip(&r->at, &key);
		value_take(&r->at, &v);
		if (i == type->n_fields) {
			value_skip(&r->at, &v);
			continue;
		}
		/* Two readers could disagree which one counts. */
		struct pointer member = { where, type->fields[i].name, 0 };
		if (!see(&seen, i))
			return wrong(r, &member, "twice", "stands twice");
		if (!read_field(r, &v, &type->fields[i], into, &member))
			return false;
		next = i + 1;
	}
	return is_complete(r, type, &seen, where);
}

const struct err *
pack_read(struct req *rq, struct text from, const struct msg_type *type, void *into)
{
	struct reader r = { rq, (const unsigned char *)from.at, field_reserve(from.len), NULL };
	const char *why = pack_scan(from);
	struct value whole;

	if (why != NULL)
		return FAIL(rq, INVALID, "event.malformed",
		    "the bytes are not msgpack that is taken here: %s", why);
	if (arena_room(rq->mem) < r.reserve)
		return FAIL(rq, INVALID, "event.malformed", "the event is too large");
	value_take(&r.at, &whole);
	if (whole.kind != VALUE_MAP)
		return FAIL(rq, INVALID, "event.malformed", "the value is not a map");
	(void)read_object(&r, whole.n, type, into, NULL);
	return r.failed;
}
