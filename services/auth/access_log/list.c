/* GET /api/access-log: the own requests; an operator sees everybody's. */
#include <string.h>
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/access_log/list.sql.h"
#include "services/auth/access_log/id.h"

static struct access_log_row
row_of(const struct sql_access_log_page_row *row)
{
	return (struct access_log_row){ .request_id = row->request_id, .at = row->at,
		.has_user_id = !uuid_is_nil(row->user_id), .user_id = row->user_id,
		.has_company_id = !uuid_is_nil(row->company_id), .company_id = row->company_id,
		.has_session_id = !uuid_is_nil(row->session_id), .session_id = row->session_id, .method = row->method,
		.path = row->path, .status = row->status, .duration_us = row->duration_us, .ip = row->ip,
		.agent = row->agent };
}

static const struct err *
whose(struct req *rq, const struct access_log_list_in *in, struct uuid *user)
{
	*user = in->user_id;
	if (rq->who == WHO_OPERATOR)
		return NULL;
	if (in->has_user_id && !uuid_eq(in->user_id, rq->user))
		return FAIL(rq, FORBIDDEN, "access_log.others", "only an operator sees the requests of others");
	*user = rq->user;
	return NULL;
}

static struct uuid
sooner(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) < 0 ? a : b;
}

const struct err *
access_log_list(struct req *rq, const struct access_log_list_in *in, struct access_log_page *out)
{
	struct sql_access_log_page_row *rows;
	struct sql_access_log_page_in w = { .session_id = in->session_id };
	struct page page;
	size_t n;

	TRY(whose(rq, in, &w.user_id));
	TRY(page_read(rq, in->has_limit, in->limit, in->has_cursor, in->cursor, &page));
	w.before = in->has_to ? sooner(page.before, access_log_floor(in->to)) : page.before;
	w.since = access_log_floor(in->has_from ? in->from : 0);
	w.ip = in->has_ip ? in->ip : (struct text){ NULL, 0 };
	w.status = in->has_status ? &in->status : NULL;
	w.ask = page_ask(&page);
	TRY(sql_access_log_page(rq, &w, &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct access_log_row, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = row_of(&rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}
