/* What has changed, as two JSON objects of the fields that differ. */
#include <string.h>

#include "common/audit/room.h"
#include "common/core/field.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"

enum { RAW_BYTES = 1048576 };

/* Puts a field, unless the object would become too large; that it lacks something is then said once. */
static void
put(struct buf *to, struct text field)
{
	const struct text cut = TEXT("\"cut\":true");
	bool fits = to->len + field.len + cut.len + 3 <= AUDIT_BYTES;

	if (!fits && text_ends(buf_as_text(to), cut))
		return;
	buf_byte(to, to->len == 0 ? '{' : ',');
	buf_text(to, fits ? field : cut);
}

static struct text
object(struct buf *to)
{
	if (to->len == 0)
		return (struct text){ NULL, 0 };
	buf_byte(to, '}');
	return buf_as_text(to);
}

static void
put_text(struct arena *mem, struct buf *to, const char *name, struct text value)
{
	struct buf one = buf_in(mem, RAW_BYTES);

	if (value.at == NULL)
		return;
	if (value.len > AUDIT_VALUE_BYTES)
		value = text_of(arena_printf(mem, "… %zu bytes", value.len));
	json_write_text(&one, text_of(name));
	buf_byte(&one, ':');
	json_write_text(&one, value);
	put(to, buf_as_text(&one));
}

/* "name":value, or nothing when there is none. */
static struct text
written(struct arena *mem, const struct msg_field *f, const void *from)
{
	struct buf b = buf_in(mem, RAW_BYTES);

	if (from == NULL || (!field_is_set(f, from) && (f->flags & MSG_REQUIRED) == 0))
		return (struct text){ NULL, 0 };
	json_write_field(&b, f, from);
	return buf_as_text(&b);
}

static void
put_field(struct arena *mem, struct buf *to, const struct msg_field *f, const void *from, struct text raw)
{
	bool one = f->kind == MSG_TEXT && (f->flags & MSG_LIST) == 0;
	struct text value = one && raw.at != NULL ? *(const struct text *)field_in(f, from) : raw;

	if (one && value.at != NULL && f->format == MSG_PHONE)
		value = text_phone_masked(mem, value);
	if (one && f->format == MSG_URI)
		value = text_cut(&value, '?');
	if (one || raw.len > AUDIT_VALUE_BYTES)
		put_text(mem, to, f->name, value);
	else if (raw.at != NULL)
		put(to, raw);
}

static void
compare(struct arena *mem, const struct audit *a, struct buf *before, struct buf *after)
{
	for (size_t i = 0; i < a->type->n_fields; i++) {
		const struct msg_field *f = &a->type->fields[i];
		struct text was = written(mem, f, a->before), is = written(mem, f, a->after);

		if ((f->flags & MSG_SECRET) != 0 || text_eq(was, is))
			continue;
		put_field(mem, before, f, a->before, was);
		put_field(mem, after, f, a->after, is);
	}
}

static void
put_named(struct arena *mem, struct buf *to, const struct kv *v)
{
	char id[UUID_CHARS + 1];

	switch (v->kind) {
	case KV_TEXT:  put_text(mem, to, v->key, v->as.t); return;
	case KV_CSTR:  put_text(mem, to, v->key, text_of(v->as.s)); return;
	case KV_INT:   put(to, text_of(arena_printf(mem, "\"%s\":%lld", v->key, (long long)v->as.i))); return;
	case KV_UUID:
		uuid_print(v->as.u, id);
		put_text(mem, to, v->key, text_of(id));
		return;
	case KV_PHONE: put_text(mem, to, v->key, text_phone_masked(mem, v->as.t)); return;
	case KV_END:   return;
	}
	UNREACHED("a kind that is none");
}

static void
put_all(struct arena *mem, struct buf *to, const struct kv *values)
{
	for (; values != NULL && values->kind != KV_END; values++)
		put_named(mem, to, values);
}

struct audit_sides
audit_sides(struct arena *mem, const struct audit *a)
{
	struct buf before = buf_in(mem, AUDIT_BYTES), after = buf_in(mem, AUDIT_BYTES);

	if (a->type != NULL)
		compare(mem, a, &before, &after);
	put_all(mem, &before, a->was);
	put_all(mem, &after, a->is);
	return (struct audit_sides){ object(&before), object(&after) };
}
