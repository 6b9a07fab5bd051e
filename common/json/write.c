/* Writes described structs as compact JSON, straight into the buffer. */
#include "common/core/clock.h"
#include "common/core/field.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"

static void
put_escape(struct buf *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	/* Pairs: the byte, the letter behind the backslash. */
	static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";

	for (size_t i = 0; i + 1 < sizeof(letters); i += 2) {
		if ((unsigned char)letters[i] == c) {
			buf_put(to, (char[]){ '\\', letters[i + 1] }, 2);
			return;
		}
	}
	buf_put(to, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
}

/* Text from a row or a request is UTF-8. Should it ever not be, the document must still be JSON:
 * then each byte beyond ASCII becomes U+FFFD. */
void
json_write_text(struct buf *to, struct text t)
{
	bool utf8 = text_is_utf8(t);
	size_t from = 0;

	buf_byte(to, '"');
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.at[i];
		if (c >= 0x20 && c != '"' && c != '\\' && (c < 0x80 || utf8))
			continue;
		buf_put(to, t.at + from, i - from);
		from = i + 1;
		if (c >= 0x80)
			buf_str(to, "\\ufffd");
		else
			put_escape(to, c);
	}
	if (from < t.len)
		buf_put(to, t.at + from, t.len - from);
	buf_byte(to, '"');
}

static void
write_uuid(struct buf *to, const struct uuid *u)
{
	char text[UUID_CHARS + 1];

	uuid_print(*u, text);
	buf_printf(to, "\"%s\"", text);
}

static void
write_time(struct buf *to, int64_t us)
{
	char text[TIME_CHARS + 1];

	time_print(us, text);
	buf_printf(to, "\"%s\"", text);
}

static void
write_bytes(struct buf *to, struct text bytes)
{
	buf_byte(to, '"');
	buf_base64url(to, bytes);
	buf_byte(to, '"');
}

static void
write_json(struct buf *to, struct text json)
{
	buf_text(to, json.len == 0 ? TEXT("null") : json);
}

static void
write_value(struct buf *to, const struct msg_field *f, const void *at)
{
	switch (f->kind) {
	case MSG_BOOL:   buf_str(to, *(const bool *)at ? "true" : "false"); return;
	case MSG_I32:    buf_i64(to, *(const int32_t *)at); return;
	case MSG_I64:    buf_i64(to, *(const int64_t *)at); return;
	case MSG_TEXT:   json_write_text(to, *(const struct text *)at); return;
	case MSG_UUID:   write_uuid(to, at); return;
	case MSG_TIME:   write_time(to, *(const int64_t *)at); return;
	case MSG_BYTES:  write_bytes(to, *(const struct text *)at); return;
	case MSG_OBJECT: json_write(to, f->object, at); return;
	case MSG_JSON:   write_json(to, *(const struct text *)at); return;
	}
	UNREACHED("a kind that is none");
}

static void
write_list(struct buf *to, const struct msg_field *f, const void *from)
{
	struct field_list list = field_list(f, from);

	buf_byte(to, '[');
	for (size_t i = 0; i < list.n; i++) {
		if (i > 0)
			buf_byte(to, ',');
		write_value(to, f, (const char *)list.items + i * field_size(f));
	}
	buf_byte(to, ']');
}

void
json_write_field(struct buf *to, const struct msg_field *f, const void *from)
{
	json_write_text(to, text_of(f->name));
	buf_byte(to, ':');
	if (f->flags & MSG_NULLABLE && !field_is_set(f, from))
		buf_str(to, "null");
	else if (f->flags & MSG_LIST)
		write_list(to, f, from);
	else
		write_value(to, f, field_in(f, from));
}

void
json_write(struct buf *to, const struct msg_type *type, const void *from)
{
	bool first = true;

	buf_byte(to, '{');
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct msg_field *f = &type->fields[i];
		if (!field_is_set(f, from) && !(f->flags & (MSG_NULLABLE | MSG_REQUIRED)))
			continue;
		if (!first)
			buf_byte(to, ',');
		first = false;
		json_write_field(to, f, from);
	}
	buf_byte(to, '}');
}
