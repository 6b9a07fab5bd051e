/* GET /api/messages: what was sent to whom and what became of it, for an operator. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/page.h"
#include "gen/proto/messaging/messaging.gen.h"
#include "gen/services/messaging/message/list.sql.h"

static struct message
message_of(struct req *rq, const struct sql_message_page_row *row)
{
	return (struct message){ .id = row->id, .channel = row->channel, .template = row->template,
		.phone = text_phone_masked(rq->mem, row->phone), .status = row->status,
		.has_result_code = row->result_code.at != NULL, .result_code = row->result_code,
		.has_fallback_id = !uuid_is_nil(row->fallback_id), .fallback_id = row->fallback_id,
		.created_at = row->created_at, .has_sent_at = row->has_sent_at, .sent_at = row->sent_at,
		.has_settled_at = row->has_settled_at, .settled_at = row->settled_at };
}

const struct err *
message_list(struct req *rq, const struct message_list_in *in, struct message_page *out)
{
	struct text none = { NULL, 0 };
	struct sql_message_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(sql_message_page(rq, in->has_phone ? in->phone : none, in->has_status ? in->status : none, page.before,
	    page_ask(&page), &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct message, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = message_of(rq, &rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
