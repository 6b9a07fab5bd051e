/* GET of the deliveries of an endpoint, and of one with its attempts. */
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/services/notification/webhook/delivery.sql.h"
#include "gen/services/notification/webhook/endpoint.sql.h"
#include "services/notification/webhook/webhook.h"

enum { ATTEMPTS_SHOWN = 200 };

const struct err *
webhook_delivery_list(struct req *rq, const struct webhook_delivery_list_in *in, struct webhook_delivery_page *out)
{
	struct sql_webhook_delivery_page_row *rows;
	struct sql_webhook_find_row endpoint;
	struct page page;
	bool found;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_webhook_find(rq, in->webhook_id, &endpoint, &found));
	TRY(webhook_must_be(rq, found));
	TRY(sql_webhook_delivery_page(rq, in->webhook_id, in->status, page.before, page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct webhook_delivery, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = WEBHOOK_DELIVERY(rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, out->items[out->n_items - 1].id);
	return NULL;
}

const struct err *
webhook_delivery_read(struct req *rq, const struct webhook_delivery_read_in *in, struct webhook_delivery_detail *out)
{
	struct sql_webhook_delivery_find_row row;
	struct sql_webhook_attempts_row *attempts;
	bool found;

	TRY(sql_webhook_delivery_find(rq, in->delivery_id, in->webhook_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "webhook.delivery_not_found", "there is no such delivery");
	TRY(sql_webhook_attempts(rq, row.id, ATTEMPTS_SHOWN, &attempts, &out->n_attempts));
	out->delivery = WEBHOOK_DELIVERY(row);
	out->body = row.body;
	out->attempts = NEWS(rq->mem, struct webhook_attempt, out->n_attempts);
	for (size_t i = 0; i < out->n_attempts; i++)
		out->attempts[i] = (struct webhook_attempt){ .number = attempts[i].number, .at = attempts[i].at,
			.took_ms = attempts[i].took_ms, .has_status = attempts[i].has_status, .status = attempts[i].status,
			.has_failure = attempts[i].failure.at != NULL, .failure = attempts[i].failure };
	return NULL;
}
