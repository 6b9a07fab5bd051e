/* GET /api/sessions: where one is logged in. */
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/session/list.sql.h"

const struct err *
session_list(struct req *rq, const struct session_list_in *in, struct session_page *out)
{
	struct sql_session_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_session_page(rq, rq->user, rq->now_us, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct session_shown, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = (struct session_shown){ .session_id = rows[i].id, .current = uuid_eq(rows[i].id, rq->session),
			.ip = rows[i].last_ip, .agent = rows[i].agent, .created_at = rows[i].created_at,
			.last_seen_at = rows[i].last_seen_at, .expires_at = rows[i].expires_at };
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
