/* Paging by UUIDv7. */
#include "common/http/page.h"
#include <string.h>
#include "common/core/text.h"

enum { KEY_BYTES_BE = 8 };

/* room: the bytes of this kind of cursor; *raw is empty when there is none. */
static const struct err *
read_cursor(struct req *rq, bool has_cursor, struct text cursor, size_t room, struct text *raw)
{
	struct err_fields fs = { .rq = rq };

	*raw = (struct text){ 0 };
	if (has_cursor && !(text_from_base64url(rq->mem, cursor, raw) && raw->len == room))
		err_field_add(&fs, "/query/cursor", "format", "take it from nextCursor as it is");
	return err_fields_done(&fs);
}

static void
begin(struct page *out, bool has_limit, int32_t limit, bool is_first)
{
	*out = (struct page){ .limit = has_limit ? limit : PAGE_DEFAULT, .is_first = is_first };
	memset(out->before.b, 0xff, sizeof(out->before.b));
}

const struct err *
page_read(struct req *rq, bool has_limit, int32_t limit, bool has_cursor, struct text cursor, struct page *out)
{
	struct text raw;

	begin(out, has_limit, limit, !has_cursor);
	TRY(read_cursor(rq, has_cursor, cursor, sizeof(out->before.b), &raw));
	if (raw.len > 0)
		memcpy(out->before.b, raw.at, raw.len);
	return NULL;
}

const struct err *
page_read_keyed(struct req *rq, bool has_limit, int32_t limit, bool has_cursor, struct text cursor, struct page *out)
{
	struct text raw;
	uint64_t key = 0;

	begin(out, has_limit, limit, !has_cursor);
	TRY(read_cursor(rq, has_cursor, cursor, KEY_BYTES_BE + sizeof(out->before.b), &raw));
	if (raw.len == 0)
		return NULL;
	for (size_t i = 0; i < KEY_BYTES_BE; i++)
		key = key << 8 | (uint8_t)raw.at[i];
	out->key = (int64_t)key;
	memcpy(out->before.b, raw.at + KEY_BYTES_BE, sizeof(out->before.b));
	return NULL;
}

int32_t
page_ask(const struct page *page)
{
	return page->limit + 1;
}

size_t
page_shown(const struct page *page, size_t n)
{
	size_t limit = (size_t)page->limit;

	return n > limit ? limit : n;
}

struct text
page_cursor(struct req *rq, struct uuid last_shown)
{
	return text_base64url(rq->mem, (struct text){ (const char *)last_shown.b, sizeof(last_shown.b) });
}

struct text
page_cursor_keyed(struct req *rq, int64_t last_key, struct uuid last_shown)
{
	uint8_t raw[KEY_BYTES_BE + sizeof(last_shown.b)];

	for (size_t i = 0; i < KEY_BYTES_BE; i++)
		raw[i] = (uint8_t)((uint64_t)last_key >> (56 - 8 * i));
	memcpy(raw + KEY_BYTES_BE, last_shown.b, sizeof(last_shown.b));
	return text_base64url(rq->mem, (struct text){ (const char *)raw, sizeof(raw) });
}
