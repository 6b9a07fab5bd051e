/* One user's ledger, page by page. */
#ifndef COMMERCE_POINTS_ENTRY_LIST_H
#define COMMERCE_POINTS_ENTRY_LIST_H
#include "common/http/page.h"
#include "gen/proto/commerce/commerce.gen.h"

/* Newest first. */
const struct err *points_ledger_page(struct req *rq, struct uuid user, const struct page *page,
    struct points_entry_page *out) MUST_USE;
#endif
