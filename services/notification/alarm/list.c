/* GET /api/alarms: own alarms, newest first, with the number of unread ones. */
#include "common/http/page.h"
#include "services/notification/alarm/alarm.h"

const struct err *
alarm_list(struct req *rq, const struct alarm_list_in *in, struct alarm_page *out)
{
	struct alarm_rows rows;
	struct page page;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(alarm_newest(rq, rq->user, page.before, page_ask(&page), &rows));
	out->unread = rows.unread;
	out->items = rows.items;
	out->n_items = page_shown(&page, rows.n);
	out->has_next_cursor = out->n_items < rows.n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows.items[out->n_items - 1].alarm_id);
	return NULL;
}
