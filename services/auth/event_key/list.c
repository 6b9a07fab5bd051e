/* GET /api/event-keys: the keys of programs outside, newest first. */
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/event_key/list.sql.h"

static struct event_key
key_of(const struct sql_event_key_page_row *row)
{
	return (struct event_key){ .key_id = row->id, .name = row->name, .types = row->types, .n_types = row->n_types,
		.has_company_id = !uuid_is_nil(row->company_id), .company_id = row->company_id,
		.created_at = row->created_at, .has_old_secret_until = row->has_old_until,
		.old_secret_until = row->old_until, .has_revoked_at = row->has_revoked_at, .revoked_at = row->revoked_at };
}

const struct err *
event_key_list(struct req *rq, const struct event_key_list_in *in, struct event_key_page *out)
{
	struct sql_event_key_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_event_key_page(rq, rq->now_us, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct event_key, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = key_of(&rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
