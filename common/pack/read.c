/* Unpacks a msgpack map into a described struct; the first thing that is wrong ends it. */
#include <msgpack.h>
#include <string.h>

#include "common/core/field.h"
#include "common/core/pointer.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/pack/pack.h"
#include "common/pack/scan.h"

/* reserve: bytes of the arena that stay free for the texts, see field_reserve(). */
struct reader { struct req *rq; size_t reserve; const struct err *failed; };

static bool read_object(struct reader *r, const msgpack_object *from, const struct msg_type *type,
    void *into, const struct pointer *where);

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

static bool
read_number(const msgpack_object *v, const struct msg_field *f, void *at, struct field_fault *why)
{
	if (v->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		return field_number(f, v->via.i64, at, why);
	if (v->type == MSGPACK_OBJECT_POSITIVE_INTEGER && v->via.u64 <= INT64_MAX)
		return field_number(f, (int64_t)v->via.u64, at, why);
	return field_wrong_type(f, why);
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
read_string(struct reader *r, const msgpack_object *v, const struct msg_field *f, void *at,
    struct field_fault *why)
{
	struct text t;

	if (v->type != MSGPACK_OBJECT_STR)
		return field_wrong_type(f, why);
	t = (struct text){ v->via.str.ptr, v->via.str.size };
	return f->kind == MSG_JSON ? read_json(r, f, t, at, why) :
		    field_text(r->rq->mem, f, t, at, why);
}

static bool
read_scalar(struct reader *r, const msgpack_object *v, const struct msg_field *f, void *at,
    struct field_fault *why)
{
	switch (f->kind) {
	case MSG_BOOL:
		return v->type == MSGPACK_OBJECT_BOOLEAN ? field_bool(f, v->via.boolean, at, why) :
		    field_wrong_type(f, why);
	case MSG_I32:
	case MSG_I64:
		return read_number(v, f, at, why);
	case MSG_TEXT:
	case MSG_UUID:
	case MSG_TIME:
	case MSG_JSON:
		return read_string(r, v, f, at, why);
	case MSG_BYTES:
		if (v->type == MSGPACK_OBJECT_BIN)
			return field_bytes(r->rq->mem, f,
			    (struct text){ v->via.bin.ptr, v->via.bin.size }, at, why);
		break;
	case MSG_OBJECT:
		break;
	}
	return field_wrong_type(f, why);
}

static bool
read_value(struct reader *r, const msgpack_object *v, const struct msg_field *f, void *at,
    const struct pointer *where)
{
	struct field_fault why;

	if (f->kind == MSG_OBJECT && v->type == MSGPACK_OBJECT_MAP)
		return read_object(r, v, f->object, at, where);
	return read_scalar(r, v, f, at, &why) || wrong(r, where, why.code, why.detail);
}

static bool
read_list(struct reader *r, const msgpack_object *v, const struct msg_field *f, void *into,
    const struct pointer *where)
{
	struct pointer item = { where, NULL, 0 };
	struct field_fault why = { "type", "must be an array" };
	struct field_list list;
	size_t n = v->type == MSGPACK_OBJECT_ARRAY ? v->via.array.size : 0;

	if (v->type != MSGPACK_OBJECT_ARRAY || !field_items(f, n, &why) ||
	    !field_fits(f, n, room(r), &why))
		return wrong(r, where, why.code, why.detail);
	list = field_new_list(r->rq->mem, f, n, into);
	for (; item.index < list.n; item.index++) {
		char *at = (char *)list.items + item.index * field_size(f);
		if (!read_value(r, &v->via.array.ptr[item.index], f, at, &item))
			return false;
	}
	return true;
}

static bool
is_member(const msgpack_object_kv *kv, const char *name)
{
	size_t len = kv->key.type == MSGPACK_OBJECT_STR ? kv->key.via.str.size : 0;

	/* The key may hold any byte, a NUL too, and be longer than the name. */
	return len > 0 && strnlen(name, len + 1) == len && memcmp(name, kv->key.via.str.ptr, len) == 0;
}

/* NULL: not there. False: there twice, so that two readers could not disagree which one counts. */
static bool
find_member(const msgpack_object *map, const char *name, const msgpack_object **out)
{
	*out = NULL;
	for (uint32_t i = 0; i < map->via.map.size; i++) {
		const msgpack_object_kv *kv = &map->via.map.ptr[i];
		if (!is_member(kv, name))
			continue;
		if (*out != NULL)
			return false;
		*out = &kv->val;
	}
	return true;
}

/* Does the map hold fields of the contract only, in its order? So our own writers write them; then none stands twice, and
 * each is the next or not there. */
static bool
is_in_order(const msgpack_object *map, const struct msg_type *type)
{
	uint32_t at = 0;

	for (size_t i = 0; i < type->n_fields && at < map->via.map.size; i++)
		at += is_member(&map->via.map.ptr[at], type->fields[i].name);
	return at == map->via.map.size;
}

static const msgpack_object *
next_member(const msgpack_object *map, const char *name, uint32_t *next)
{
	if (*next == map->via.map.size || !is_member(&map->via.map.ptr[*next], name))
		return NULL;
	return &map->via.map.ptr[(*next)++].val;
}

static bool
read_field(struct reader *r, const msgpack_object *v, const struct msg_field *f, void *into,
    const struct pointer *where)
{
	field_mark(f, into, false);
	if (v == NULL)
		return !(f->flags & MSG_REQUIRED) || wrong(r, where, "required", "is missing");
	if (v->type == MSGPACK_OBJECT_NIL && f->flags & MSG_NULLABLE)
		return true;
	field_mark(f, into, true);
	if (f->flags & MSG_LIST)
		return read_list(r, v, f, into, where);
	return read_value(r, v, f, field_at(f, into), where);
}

static bool
read_object(struct reader *r, const msgpack_object *from, const struct msg_type *type, void *into,
    const struct pointer *where)
{
	bool in_order = is_in_order(from, type);
	uint32_t next = 0;

	for (size_t i = 0; i < type->n_fields; i++) {
		struct pointer member = { where, type->fields[i].name, 0 };
		const msgpack_object *v;
		if (in_order)
			v = next_member(from, member.name, &next);
		else if (!find_member(from, member.name, &v))
			return wrong(r, &member, "twice", "stands twice");
		if (!read_field(r, v, &type->fields[i], into, &member))
			return false;
	}
	return true;
}

/* The scan has bounded what the zone of `whole` may hold: PACK_MAX_ITEMS objects of 24 bytes, pairs
 * of 48. */
const struct err *
pack_read(struct req *rq, struct text from, const struct msg_type *type, void *into)
{
	struct reader r = { rq, field_reserve(from.len), NULL };
	const char *why = pack_scan(from);
	msgpack_unpacked whole;
	msgpack_unpack_return got;

	if (why != NULL)
		return FAIL(rq, INVALID, "event.malformed",
		    "the bytes are not msgpack that is taken here: %s", why);
	if (arena_room(rq->mem) < r.reserve)
		return FAIL(rq, INVALID, "event.malformed", "the event is too large");
	msgpack_unpacked_init(&whole);
	got = msgpack_unpack_next(&whole, from.at, from.len, NULL);
	if (got == MSGPACK_UNPACK_NOMEM_ERROR)
		r.failed = FAIL(rq, BUSY, "event.unread", "there is no memory to read the event");
	else if (got != MSGPACK_UNPACK_SUCCESS)
		r.failed = FAIL(rq, INVALID, "event.malformed", "the bytes are not msgpack");
	else if (whole.data.type != MSGPACK_OBJECT_MAP)
		r.failed = FAIL(rq, INVALID, "event.malformed", "the value is not a map");
	else
		(void)read_object(&r, &whole.data, type, into, NULL);
	msgpack_unpacked_destroy(&whole);
	return r.failed;
}
