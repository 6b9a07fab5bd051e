/* Paging: how many, from where, and the cursor of the next page.
 *
 * Lists are ordered by a UUIDv7 id, newest first, so the id of the last item says where to go on and
 * inserts move nothing. The cursor is that id in base64url; clients treat it as opaque. */
#ifndef HTTP_PAGE_H
#define HTTP_PAGE_H
#include "common/core/req.h"

enum { PAGE_DEFAULT = 20, PAGE_MAX = 100 };

/* before: the largest uuid on the first page. */
struct page { int32_t limit; struct uuid before; bool is_first; int64_t key; };

/* Reads `limit` and `cursor` as the contract names them. INVALID "request.invalid" with /query/cursor for a
 * cursor that is not one of ours. Ask the database for page_ask() rows: one more than will be shown. */
const struct err *page_read(struct req *rq, bool has_limit, int32_t limit, bool has_cursor, struct text cursor,
    struct page *out) MUST_USE;
int32_t page_ask(const struct page *page);
/* How many of the n rows are shown; fewer than n: there is a next page, at the id of the last shown. */
size_t  page_shown(const struct page *page, size_t n);
struct text page_cursor(struct req *rq, struct uuid last_shown);

/* The same for lists ordered by a number and then by id: the cursor holds both. On the first page is_first is true and
 * key is 0: where such a list begins is for the step to say. */
const struct err *page_read_keyed(struct req *rq, bool has_limit, int32_t limit, bool has_cursor, struct text cursor,
    struct page *out) MUST_USE;
struct text page_cursor_keyed(struct req *rq, int64_t last_key, struct uuid last_shown);
#endif
