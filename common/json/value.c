/* Reads single fields that came as plain text: path segments, query values, headers. */
#include <string.h>

#include "common/core/field.h"
#include "common/core/pointer.h"
#include "common/core/text.h"
#include "common/json/json.h"

static const struct pointer *
place(enum msg_where where)
{
	static const struct pointer places[] = {
		[MSG_IN_PATH] = { NULL, "path", 0 }, [MSG_IN_QUERY] = { NULL, "query", 0 },
		[MSG_IN_HEADER] = { NULL, "header", 0 },
	};

	return where == MSG_IN_BODY ? NULL : &places[where];
}

static void
wrong(struct err_fields *fs, const struct msg_field *f, const char *code, const char *detail)
{
	struct pointer at = { place(f->where), f->name, 0 };

	err_field_add(fs, pointer_text(fs->rq->mem, &at), code, "%s", detail);
}

static bool
read_bytes(struct arena *mem, const struct msg_field *f, struct text value, void *at,
    struct field_fault *why)
{
	struct text raw;

	if (text_from_base64url(mem, value, &raw))
		return field_bytes(mem, f, raw, at, why);
	*why = (struct field_fault){ "format", "must be base64url without padding" };
	return false;
}

static bool
read_value(struct arena *mem, const struct msg_field *f, struct text value, void *at,
    struct field_fault *why)
{
	bool yes = text_is(value, "true");
	int64_t n;

	switch (f->kind) {
	case MSG_BOOL:
		return yes || text_is(value, "false") ? field_bool(f, yes, at, why) :
		    field_wrong_type(f, why);
	case MSG_I32:
	case MSG_I64:
		return text_to_i64(value, &n) ? field_number(f, n, at, why) :
		    field_wrong_type(f, why);
	case MSG_TEXT:
	case MSG_UUID:
	case MSG_TIME:
		return field_text(mem, f, value, at, why);
	case MSG_BYTES:
		return read_bytes(mem, f, value, at, why);
	case MSG_OBJECT:
	case MSG_JSON:
		break;
	}
	return field_wrong_type(f, why);
}

/* Where the next item goes. Room doubles when n is a power of two, which n itself tells; no count
 * of the room is kept in the struct. */
static void *
next_item(struct arena *mem, const struct msg_field *f, void *into)
{
	struct field_list list = field_list(f, into);
	size_t size = field_size(f);

	if ((list.n & (list.n - 1)) == 0) {
		void *wider = arena_zero(
		    mem, size * (list.n == 0 ? 1 : list.n * 2), field_align(f));
		if (list.n > 0)
			memcpy(wider, list.items, size * list.n);
		list.items = wider;
	}
	list.n++;
	field_set_list(f, into, list);
	return (char *)list.items + (list.n - 1) * size;
}

/* Too few is not known before the last one: json_missing(). */
static bool
has_place(const struct msg_field *f, const void *into, struct field_fault *why)
{
	struct msg_field at_most = *f;

	at_most.min_items = 0;
	return field_items(&at_most, field_list(f, into).n + 1, why);
}

void
json_read_field(struct err_fields *fs, const struct msg_field *f, struct text value, void *into)
{
	struct field_fault why;
	void *at = field_at(f, into);

	if (f->flags & MSG_LIST) {
		if (!has_place(f, into, &why)) {
			wrong(fs, f, why.code, why.detail);
			return;
		}
		at = next_item(fs->rq->mem, f, into);
	}
	field_mark(f, into, true);
	if (!read_value(fs->rq->mem, f, value, at, &why))
		wrong(fs, f, why.code, why.detail);
}

void
json_missing(struct err_fields *fs, const struct msg_type *type, enum msg_where where,
    const void *in, const bool *seen)
{
	struct field_fault why;

	for (size_t i = 0; i < type->n_fields; i++) {
		const struct msg_field *f = &type->fields[i];
		if (f->where != where)
			continue;
		if (!seen[i] && f->flags & MSG_REQUIRED)
			wrong(fs, f, "required", "is missing");
		else if (seen[i] && f->flags & MSG_LIST &&
		    !field_items(f, field_list(f, in).n, &why))
			wrong(fs, f, why.code, why.detail);
	}
}
