/* Paging by UUIDv7. */
#include "common/http/page.h"
#include <string.h>
#include "common/core/text.h"

const struct err *
page_read(struct req *rq, bool has_limit, int32_t limit, bool has_cursor, struct text cursor, struct page *out)
{
	struct err_fields fs = { .rq = rq };
	struct text raw;

	out->limit = has_limit ? limit : PAGE_DEFAULT;
	memset(out->before.b, 0xff, sizeof(out->before.b));
	if (!has_cursor)
		return NULL;
	if (text_from_base64url(rq->mem, cursor, &raw) && raw.len == sizeof(out->before.b))
		memcpy(out->before.b, raw.at, raw.len);
	else
		err_field_add(&fs, "/query/cursor", "format", "take it from nextCursor as it is");
	return err_fields_done(&fs);
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
