/* GET /api/alarms: own alarms, newest first, with the number of unread ones. */
#include "common/http/page.h"
#include "services/notification/alarm/alarm.h"

/* The cursor of common/http/page.h has the 16 bytes of an id; ours holds a number in its last eight, the highest first. */
static int64_t
number_of(struct uuid cursor)
{
	uint64_t n = 0;

	for (size_t i = 8; i < 16; i++)
		n = n << 8 | cursor.b[i];
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static struct uuid
cursor_of(int64_t number)
{
	struct uuid cursor = { { 0 } };

	for (size_t i = 8; i < 16; i++)
		cursor.b[i] = (uint8_t)((uint64_t)number >> 8 * (15 - i));
	return cursor;
}

const struct err *
alarm_list(struct req *rq, const struct alarm_list_in *in, struct alarm_page *out)
{
	struct alarm_rows rows;
	struct page page;

	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	TRY(alarm_newest(rq, rq->user, number_of(page.before), page_ask(&page), &rows));
	out->unread = rows.unread;
	out->items = rows.items;
	out->n_items = page_shown(&page, rows.n);
	out->has_next_cursor = out->n_items < rows.n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, cursor_of(rows.items[out->n_items - 1].number));
	return NULL;
}
