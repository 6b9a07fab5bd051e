/* GET /api/company/audit-log: what was changed in one's company. GET /api/audit-log: everywhere, for operators. */
#include "common/core/id.h"
#include "common/http/page.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/audit/list.sql.h"

/* What both calls may ask for; company nil: all of them, and what belongs to none. */
struct asked {
	struct sql_audit_page_in w;
	bool                     has_limit, has_cursor;
	int32_t                  limit;
	struct text              cursor;
};

static struct audit_entry
entry_of(const struct sql_audit_page_row *row)
{
	return (struct audit_entry){ .id = row->id, .at = row->at, .service = row->service,
		.has_company_id = !uuid_is_nil(row->company_id), .company_id = row->company_id,
		.actor_type = row->actor_type, .has_actor_id = !uuid_is_nil(row->actor_id), .actor_id = row->actor_id,
		.via = row->via, .action = row->action, .subject_type = row->subject_type,
		.has_subject_id = !uuid_is_nil(row->subject_id), .subject_id = row->subject_id,
		.has_before = row->before.at != NULL, .before = row->before, .has_after = row->after.at != NULL,
		.after = row->after, .request_id = row->request_id };
}

static const struct err *
read_page(struct req *rq, struct asked *a, struct audit_page *out)
{
	struct sql_audit_page_row *rows;
	struct page page;
	size_t n;

	TRY(page_read(rq, a->has_limit, a->limit, a->has_cursor, a->cursor, &page));
	a->w.before = page.before;
	a->w.ask = page_ask(&page);
	TRY(sql_audit_page(rq, &a->w, &rows, &n));
	out->n_items = page_shown(&page, n);
	out->items = NEWS(rq->mem, struct audit_entry, out->n_items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = entry_of(&rows[i]);
	out->has_next_cursor = out->n_items < n;
	if (out->has_next_cursor)
		out->next_cursor = page_cursor(rq, rows[out->n_items - 1].id);
	return NULL;
}

/* The two calls have parameters of the same names. */
#define ASKED(in, of_company) { .w = { .company_id = (of_company), .action = (in)->action, \
	.subject_type = (in)->subject_type, .subject_id = (in)->subject_id, .actor_id = (in)->actor_id, \
	.since = (in)->has_from ? &(in)->from : NULL, .until = (in)->has_to ? &(in)->to : NULL }, \
	.has_limit = (in)->has_limit, .limit = (in)->limit, .has_cursor = (in)->has_cursor, .cursor = (in)->cursor }

const struct err *
company_audit_log_list(struct req *rq, const struct company_audit_log_list_in *in, struct audit_page *out)
{
	struct asked a = ASKED(in, rq->company);

	if (uuid_is_nil(rq->company))
		return FAIL(rq, FORBIDDEN, "company.none", "you work in no company");
	return read_page(rq, &a, out);
}

const struct err *
audit_log_list(struct req *rq, const struct audit_log_list_in *in, struct audit_page *out)
{
	struct asked a = ASKED(in, in->company_id);

	return read_page(rq, &a, out);
}
