/* Checks and stores single values by their descriptors. */
#include "common/core/field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/core/clock.h"
#include "common/core/format.h"
#include "common/core/id.h"
#include "common/core/text.h"

static bool
refuse(struct field_fault *why, const char *code, const char *fmt, ...) PRINTF_LIKE(3, 4);

static bool
refuse(struct field_fault *why, const char *code, const char *fmt, ...)
{
	va_list ap;

	why->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(why->detail, sizeof(why->detail), fmt, ap);
	va_end(ap);
	return false;
}

/* What may have to be said about the input: 50 wrong fields of less than 1 KiB each. */
enum { ERRORS_BYTES = 65536 };

static bool
is_bounded(const struct msg_field *f)
{
	return f->min != 0 || f->max != 0;
}

bool
field_bool(const struct msg_field *f, bool value, void *at, struct field_fault *why)
{
	if (f->kind != MSG_BOOL)
		return field_wrong_type(f, why);
	*(bool *)at = value;
	return true;
}

static bool
number_fits(const struct msg_field *f, int64_t n, struct field_fault *why)
{
	int64_t least = f->kind == MSG_I32 ? INT32_MIN : INT64_MIN;
	int64_t most = f->kind == MSG_I32 ? INT32_MAX : INT64_MAX;

	if (is_bounded(f)) {
		least = f->min > least ? f->min : least;
		most = f->max < most ? f->max : most;
	}
	if (n < least)
		return refuse(why, "too_small", "must be at least %lld", (long long)least);
	if (n > most)
		return refuse(why, "too_large", "must be at most %lld", (long long)most);
	if (f->multiple > 0 && n % f->multiple != 0)
		return refuse(
		    why, "multiple", "must be a multiple of %lld", (long long)f->multiple);
	return true;
}

bool
field_number(const struct msg_field *f, int64_t n, void *at, struct field_fault *why)
{
	if (f->kind != MSG_I32 && f->kind != MSG_I64)
		return field_wrong_type(f, why);
	if (!number_fits(f, n, why))
		return false;
	if (f->kind == MSG_I32)
		*(int32_t *)at = (int32_t)n;
	else
		*(int64_t *)at = n;
	return true;
}

static bool
length_fits(const struct msg_field *f, size_t n, const char *unit, struct field_fault *why)
{
	if (!is_bounded(f))
		return true;
	if (f->min > 0 && n < (uint64_t)f->min)
		return refuse(
		    why, "too_short", "must have at least %lld %s", (long long)f->min, unit);
	if (n > (uint64_t)f->max)
		return refuse(
		    why, "too_long", "must have at most %lld %s", (long long)f->max, unit);
	return true;
}

static bool
is_value(const struct msg_field *f, struct text t)
{
	for (const char *const *value = f->values; *value != NULL; value++) {
		if (text_is(t, *value))
			return true;
	}
	return false;
}

/* Nearly every text is ASCII that can be printed, of which there is nothing more to find out. */
static bool
plain_text(struct arena *mem, const struct msg_field *f, struct text t, struct text *at,
    struct field_fault *why)
{
	bool plain = text_is_printable(t), formless = f->format == MSG_ANY || f->format == MSG_LINE;
	struct text form = t;

	if (!plain && (!text_is_utf8(t) || memchr(t.at, '\0', t.len) != NULL))
		return refuse(why, "format", "must be UTF-8 without NUL");
	if (f->values != NULL && !is_value(f, t))
		return refuse(why, "enum", "is not one of the values that are known");
	if (!plain && is_bounded(f) && text_characters(t) > (uint64_t)f->max && f->format != MSG_PHONE)
		return length_fits(f, text_characters(t), "characters", why);
	if (!(plain && formless) && !format_take(mem, f->format, t, &form))
		return refuse(why, "format", "%s", format_said(f->format));
	if (is_bounded(f) && !length_fits(f, plain ? form.len : text_characters(form), "characters", why))
		return false;
	*at = form.at == t.at ? arena_copy(mem, form) : form;
	return true;
}

bool
field_text(struct arena *mem, const struct msg_field *f, struct text t, void *at,
    struct field_fault *why)
{
	if (f->kind == MSG_TEXT)
		return plain_text(mem, f, t, at, why);
	if (f->kind == MSG_UUID)
		return uuid_parse(t, at) ||
		    refuse(why, "format", "must be a UUID of 36 characters");
	if (f->kind == MSG_TIME)
		return time_parse(t, at) || refuse(why, "format", "must be a time as in RFC 3339");
	return field_wrong_type(f, why);
}

bool
field_bytes(struct arena *mem, const struct msg_field *f, struct text t, void *at,
    struct field_fault *why)
{
	if (f->kind != MSG_BYTES && f->kind != MSG_JSON)
		return field_wrong_type(f, why);
	if (!length_fits(f, t.len, "bytes", why))
		return false;
	*(struct text *)at = arena_copy(mem, t);
	return true;
}

bool
field_items(const struct msg_field *f, size_t n, struct field_fault *why)
{
	size_t max = f->max_items > 0 ? f->max_items : MSG_ITEMS_MAX;

	if (n < f->min_items)
		return refuse(why, "too_few", "must have at least %zu items", f->min_items);
	if (n > max)
		return refuse(why, "too_many", "must have at most %zu items", max);
	return true;
}

bool
field_fits(const struct msg_field *f, size_t n, size_t room, struct field_fault *why)
{
	size_t size;

	if (__builtin_mul_overflow(n, field_size(f), &size) || size > room)
		return refuse(why, "too_many", "is larger than one request may be");
	return true;
}

struct field_list
field_new_list(struct arena *mem, const struct msg_field *f, size_t n, void *in)
{
	struct field_list list = { arena_zero(mem, field_size(f) * n, field_align(f)), n };

	field_set_list(f, in, list);
	return list;
}

size_t
field_reserve(size_t input)
{
	return 2 * input + ERRORS_BYTES;
}

bool
field_wrong_type(const struct msg_field *f, struct field_fault *why)
{
	static const char *const words[] = {
		[MSG_BOOL] = "true or false",
		[MSG_I32] = "a whole number",
		[MSG_I64] = "a whole number",
		[MSG_TEXT] = "a text",
		[MSG_UUID] = "a text holding a UUID",
		[MSG_TIME] = "a text holding a time",
		[MSG_BYTES] = "base64url text",
		[MSG_OBJECT] = "an object",
		[MSG_JSON] = "an object or an array",
	};

	return refuse(
	    why, "type", "must be %s%s", words[f->kind], f->flags & MSG_NULLABLE ? " or null" : "");
}

size_t
field_size(const struct msg_field *f)
{
	switch (f->kind) {
	case MSG_BOOL:   return sizeof(bool);
	case MSG_I32:    return sizeof(int32_t);
	case MSG_I64:
	case MSG_TIME:   return sizeof(int64_t);
	case MSG_TEXT:
	case MSG_BYTES:
	case MSG_JSON:   return sizeof(struct text);
	case MSG_UUID:   return sizeof(struct uuid);
	case MSG_OBJECT: return f->object->size;
	}
	UNREACHED("a kind that is none");
}

size_t
field_align(const struct msg_field *f)
{
	switch (f->kind) {
	case MSG_BOOL:   return _Alignof(bool);
	case MSG_I32:    return _Alignof(int32_t);
	case MSG_I64:
	case MSG_TIME:   return _Alignof(int64_t);
	case MSG_TEXT:
	case MSG_BYTES:
	case MSG_JSON:   return _Alignof(struct text);
	case MSG_UUID:   return _Alignof(struct uuid);
	case MSG_OBJECT: return f->object->align;
	}
	UNREACHED("a kind that is none");
}

void *
field_at(const struct msg_field *f, void *in)
{
	return (char *)in + f->at;
}

const void *
field_in(const struct msg_field *f, const void *in)
{
	return (const char *)in + f->at;
}

bool
field_is_set(const struct msg_field *f, const void *in)
{
	if (f->flags & MSG_LIST)
		return field_list(f, in).items != NULL;
	return f->mark == MSG_NONE || *(const bool *)((const char *)in + f->mark);
}

void
field_mark(const struct msg_field *f, void *in, bool set)
{
	if (!(f->flags & MSG_LIST) && f->mark != MSG_NONE)
		*(bool *)((char *)in + f->mark) = set;
}

struct field_list
field_list(const struct msg_field *f, const void *in)
{
	struct field_list list;

	memcpy(&list.items, (const char *)in + f->at, sizeof(list.items));
	memcpy(&list.n, (const char *)in + f->mark, sizeof(list.n));
	return list;
}

void
field_set_list(const struct msg_field *f, void *in, struct field_list list)
{
	memcpy((char *)in + f->at, &list.items, sizeof(list.items));
	memcpy((char *)in + f->mark, &list.n, sizeof(list.n));
}
