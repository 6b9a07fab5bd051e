/* GET /api/webhooks and GET /api/webhooks/{webhookId}. */
#include "common/core/id.h"
#include "common/http/http.h"
#include "common/http/page.h"
#include "gen/services/notification/webhook/endpoint.sql.h"
#include "services/notification/webhook/webhook.h"

const struct err *
webhook_list(struct req *rq, const struct webhook_list_in *in, struct webhook_page *out)
{
	struct sql_webhook_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_webhook_page(rq, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct webhook, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = WEBHOOK(rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, out->items[out->n_items - 1].id);
	return NULL;
}

const struct err *
webhook_read(struct req *rq, const struct webhook_read_in *in, struct webhook *out)
{
	struct sql_webhook_find_row row;
	bool found;

	TRY(sql_webhook_find(rq, in->webhook_id, &row, &found));
	TRY(webhook_must_be(rq, found));
	*out = WEBHOOK(row);
	http_etag(rq, row.version);
	return NULL;
}
