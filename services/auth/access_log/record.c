/* POST /internal/access-log: a batch of the gateway's, one statement for all rows. */
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/access_log/record.sql.h"
#include "services/auth/access_log/id.h"

static bool
is_even(const struct access_log_columns *c)
{
	size_t n = c->n_at;

	return c->n_request_id == n && c->n_user_id == n && c->n_company_id == n && c->n_session_id == n && c->n_method == n &&
	    c->n_path == n && c->n_status == n && c->n_duration_us == n && c->n_ip == n && c->n_agent == n;
}

/* The same columns for both statements. */
#define COLUMNS(c, ids) { .id = (ids), .n_id = (c)->n_at, .request_id = (c)->request_id, .n_request_id = (c)->n_at, \
	.at_us = (c)->at, .n_at_us = (c)->n_at, .user_id = (c)->user_id, .n_user_id = (c)->n_at, \
	.company_id = (c)->company_id, .n_company_id = (c)->n_at, .session_id = (c)->session_id, .n_session_id = (c)->n_at, \
	.method = (c)->method, .n_method = (c)->n_at, .path = (c)->path, .n_path = (c)->n_at, .status = (c)->status, \
	.n_status = (c)->n_at, .duration_us = (c)->duration_us, .n_duration_us = (c)->n_at, .ip = (c)->ip, \
	.n_ip = (c)->n_at, .agent = (c)->agent, .n_agent = (c)->n_at }

static const struct err *
record(struct req *rq, const struct access_log_columns *c, bool again)
{
	struct uuid *ids;

	if (!is_even(c))
		return FAIL(rq, INVALID, "access_log.columns", "the columns are not of one length");
	ids = NEWS(rq->mem, struct uuid, c->n_at);
	for (size_t i = 0; i < c->n_at; i++)
		ids[i] = access_log_id(c->at[i], c->request_id[i]);
	if (again)
		return sql_access_log_record_again(rq, &(struct sql_access_log_record_again_in)COLUMNS(c, ids));
	return sql_access_log_record(rq, &(struct sql_access_log_record_in)COLUMNS(c, ids));
}

/* What the gateway of the release before sends. */
static struct access_log_columns
columns_of(struct arena *mem, const struct access_log_row *rows, size_t n)
{
	struct access_log_columns c = { .n_request_id = n, .n_at = n, .n_user_id = n, .n_company_id = n, .n_session_id = n,
		.n_method = n, .n_path = n, .n_status = n, .n_duration_us = n, .n_ip = n, .n_agent = n };

	c.request_id = NEWS(mem, struct text, n);
	c.method = NEWS(mem, struct text, n);
	c.path = NEWS(mem, struct text, n);
	c.ip = NEWS(mem, struct text, n);
	c.agent = NEWS(mem, struct text, n);
	c.user_id = NEWS(mem, struct uuid, n);
	c.company_id = NEWS(mem, struct uuid, n);
	c.session_id = NEWS(mem, struct uuid, n);
	c.at = NEWS(mem, int64_t, n);
	c.duration_us = NEWS(mem, int64_t, n);
	c.status = NEWS(mem, int32_t, n);
	for (size_t i = 0; i < n; i++) {
		c.request_id[i] = rows[i].request_id;
		c.method[i] = rows[i].method;
		c.path[i] = rows[i].path;
		c.ip[i] = rows[i].ip;
		c.agent[i] = rows[i].agent;
		c.user_id[i] = rows[i].user_id;
		c.company_id[i] = rows[i].company_id;
		c.session_id[i] = rows[i].session_id;
		c.at[i] = rows[i].at;
		c.duration_us[i] = rows[i].duration_us;
		c.status[i] = rows[i].status;
	}
	return c;
}

const struct err *
access_log_record(struct req *rq, const struct access_log_record_in *in)
{
	struct access_log_columns columns;

	if (in->has_columns)
		return record(rq, &in->columns, in->again);
	if (in->n_rows == 0)
		return FAIL(rq, INVALID, "access_log.empty", "there are neither columns nor rows");
	columns = columns_of(rq->mem, in->rows, in->n_rows);
	return record(rq, &columns, true);
}
